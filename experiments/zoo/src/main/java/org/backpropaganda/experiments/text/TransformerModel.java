package org.backpropaganda.experiments.text;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.recurrent.WindowStep;

/** A {@link CharTransformer} that reads windows of the text at random places. */
final class TransformerModel implements CharModel {
    private static final Recipe RECIPE = new Recipe(2e-3, 0.1, 1);

    private final CharText text;
    private final CharTraining.Sizes sizes;
    private final TensorScope root;
    private final CharTransformer model;

    TransformerModel(CharText text, CharTraining.Sizes sizes, TensorScope root) {
        this.text = text;
        this.sizes = sizes;
        this.root = root;
        model = new CharTransformer(
                new ParameterFactory(root, DType.FLOAT, sizes.seed()),
                text.vocabulary(),
                sizes.width(),
                sizes.heads(),
                sizes.depth(),
                CharTransformer.Memory.valueOf(sizes.memory().toUpperCase(Locale.ROOT)));
    }

    @Override
    public Module module() {
        return model;
    }

    @Override
    public Recipe recipe() {
        return RECIPE;
    }

    @Override
    public WindowStep step(TensorScope scope, long step) {
        CharText.Windows windows = text.random(sizes.batch(), sizes.length(), randomOf(step));
        try (Tape tape = Tape.training(scope, step)) {
            Variable nats = loss(tape, scope, windows, sizes.length());
            double loss = CharTraining.finite(nats.value().item(), step);
            return new WindowStep(loss, tape.backward(nats), new Gradients(scope));
        }
    }

    /** Numbers of neighbouring steps are unrelated: a generator's seed must be mixed, since its states are evenly spaced. */
    private SplittableRandom randomOf(long number) {
        long key = new SplittableRandom(sizes.seed()).nextLong();
        return new SplittableRandom(new SplittableRandom(key + number).nextLong());
    }

    /** Of the last {@code counted} characters of each window, whose targets are given. */
    private Variable loss(Tape tape, TensorScope scope, CharText.Windows windows, int counted) {
        int length = sizes.length();
        Tensor ids = scope.allocate(Shape.of(windows.inputs().length / length, length), DType.INT, MemoryKind.INPUT)
                .set(windows.inputs());
        Tensor targets = scope.allocate(Shape.of(windows.targets().length), DType.INT, MemoryKind.INPUT)
                .set(windows.targets());
        Variable read = model.call(tape.constant(ids));
        Variable last = counted == length ? read : Slice.slice(read, 1, length - counted, counted);
        return model.loss(last, tape.constant(targets));
    }

    /**
     * Windows that overlap by half, each counted in its second half, so that no character is foretold from less; only the
     * first counts as a whole.
     */
    @Override
    public double validation() {
        int stride = Math.max(1, sizes.length() / 2);
        int windows = text.validationWindows(sizes.length(), stride);
        double sum = sizes.length() * validation(0, 1, stride, sizes.length());
        for (int from = 1; from < windows; from += sizes.batch()) {
            int count = Math.min(sizes.batch(), windows - from);
            sum += (double) count * stride * validation(from, count, stride, stride);
        }
        return sum / (sizes.length() + (windows - 1.0) * stride);
    }

    private double validation(int from, int count, int stride, int counted) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.inference(scope)) {
            CharText.Windows windows = text.validation(from, count, sizes.length(), stride, counted);
            return loss(tape, scope, windows, counted).value().item();
        }
    }

    /** Windows of one length need no new kernels; what follows the last character does not count, as attention is causal. */
    @Override
    public Reader reader() {
        return new Reader() {
            private int[] context = {};

            @Override
            public double[] read(int character) {
                int from = context.length == sizes.length() ? 1 : 0;
                int to = context.length;
                context = Arrays.copyOf(Arrays.copyOfRange(context, from, to), to - from + 1);
                context[to - from] = character;
                try (TensorScope scope = root.child();
                        Tape tape = Tape.inference(scope)) {
                    Tensor ids = scope.allocate(Shape.of(1, sizes.length()), DType.INT, MemoryKind.INPUT)
                            .set(Arrays.copyOf(context, sizes.length()));
                    double[] logits =
                            model.logits(model.call(tape.constant(ids))).value().toDoubles();
                    int row = (context.length - 1) * text.vocabulary();
                    return Arrays.copyOfRange(logits, row, row + text.vocabulary());
                }
            }

            @Override
            public void close() {
                context = new int[0];
            }
        };
    }
}
