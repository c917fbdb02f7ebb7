package org.backpropaganda.experiments.text;

import java.util.Arrays;
import java.util.Locale;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.optim.AdamW;
import org.backpropaganda.autograd.optim.GradientClip;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Trains a {@link CharTransformer}, evaluates it and lets it write. */
public final class CharTraining implements AutoCloseable {
    private static final double RATE = 2e-3;
    private static final double DECAY = 0.1;
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.99;
    private static final double CLIP = 1;
    private static final double WARM_UP = 0.05;
    private static final double LEAST_RATE = 0.05;

    private final CharText text;
    private final Sizes sizes;
    private final Engine engine;
    private final TensorScope root;
    private final CharTransformer model;
    private final Optimizer optimizer;
    private final LearningRateSchedule schedule;
    private long step;

    /**
     * What is trained.
     *
     * @param memory plain, checkpoint or reversible
     * @param steps of training in all
     */
    public record Sizes(
            String memory, int depth, int width, int heads, int length, int batch, int steps, long seed, int threads) {}

    /** A model and its optimizer. */
    public CharTraining(CharText text, Sizes sizes) {
        this.text = text;
        this.sizes = sizes;
        engine = Engine.builder().threads(sizes.threads).build();
        root = engine.scope("");
        model = new CharTransformer(
                new ParameterFactory(root, DType.FLOAT, sizes.seed),
                text.vocabulary(),
                sizes.length,
                sizes.width,
                sizes.heads,
                sizes.depth,
                CharTransformer.Memory.valueOf(sizes.memory.toUpperCase(Locale.ROOT)));
        optimizer = AdamW.builder(RATE)
                .betas(BETA1, BETA2)
                .weightDecay(DECAY)
                .decays(parameter -> parameter.value().shape().rank() > 1)
                .build(model.parameterList(), root);
        schedule = LearningRateSchedule.cosine(sizes.steps, LEAST_RATE).afterWarmUp((long) (WARM_UP * sizes.steps));
    }

    /** One step; returns its loss in bits a character. */
    public double step() {
        optimizer.setLearningRate(RATE * schedule.multiplier(step));
        CharText.Windows windows = text.random(sizes.batch, sizes.length, randomOf(step));
        double loss;
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, step)) {
            Variable nats = loss(tape, scope, windows);
            loss = nats.value().item();
            try (Gradients gradients = tape.backward(nats)) {
                GradientClip.byNorm(CLIP).clip(gradients);
                optimizer.step(gradients);
            }
        }
        step++;
        return loss / Math.log(2);
    }

    /** Numbers of neighbouring steps are unrelated: a generator's seed must be mixed, since its states are evenly spaced. */
    private SplittableRandom randomOf(long number) {
        long key = new SplittableRandom(sizes.seed).nextLong();
        return new SplittableRandom(new SplittableRandom(key + number).nextLong());
    }

    private Variable loss(Tape tape, TensorScope scope, CharText.Windows windows) {
        long count = windows.inputs().length / sizes.length;
        Tensor ids = scope.allocate(Shape.of(count, sizes.length), DType.INT, MemoryKind.INPUT)
                .set(windows.inputs());
        Tensor targets = scope.allocate(Shape.of(windows.targets().length), DType.INT, MemoryKind.INPUT)
                .set(windows.targets());
        return model.loss(tape.constant(ids), tape.constant(targets));
    }

    /** Bits a character of the validation text, windows one behind another. */
    public double validation() {
        int windows = text.validationWindows(sizes.length);
        double sum = 0;
        for (int from = 0; from < windows; from += sizes.batch) {
            int count = Math.min(sizes.batch, windows - from);
            try (TensorScope scope = root.child();
                    Tape tape = Tape.inference(scope)) {
                sum += count
                        * loss(tape, scope, text.validation(from, count, sizes.length))
                                .value()
                                .item();
            }
        }
        return sum / windows / Math.log(2);
    }

    /**
     * Text that the model writes.
     *
     * @param temperature below 1 for what is likely, above for what is not
     */
    public String sample(int characters, double temperature, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] written = new int[characters + 1];
        written[0] = text.start();
        for (int i = 1; i <= characters; i++) {
            int from = Math.max(0, i - sizes.length);
            written[i] = draw(Arrays.copyOfRange(written, from, i), temperature, random);
        }
        return text.decode(Arrays.copyOfRange(written, 1, written.length));
    }

    /** The model's windows all have one length; what follows the last character does not count, as attention is causal. */
    private int draw(int[] context, double temperature, SplittableRandom random) {
        int vocabulary = text.vocabulary();
        double[] weights = new double[vocabulary];
        try (TensorScope scope = root.child();
                Tape tape = Tape.inference(scope)) {
            Tensor ids = scope.allocate(Shape.of(1, sizes.length), DType.INT, MemoryKind.INPUT)
                    .set(Arrays.copyOf(context, sizes.length));
            double[] logits = model.logits(tape.constant(ids)).value().toDoubles();
            int row = (context.length - 1) * vocabulary;
            double highest = Double.NEGATIVE_INFINITY;
            for (int c = 0; c < vocabulary; c++) {
                highest = Math.max(highest, logits[row + c]);
            }
            for (int c = 0; c < vocabulary; c++) {
                weights[c] = Math.exp((logits[row + c] - highest) / temperature);
            }
        }
        double at = random.nextDouble() * Arrays.stream(weights).sum();
        int chosen = 0;
        while (chosen < vocabulary - 1 && at >= weights[chosen]) {
            at -= weights[chosen];
            chosen++;
        }
        return chosen;
    }

    /** The highest bytes of activations so far. */
    public long peakActivationBytes() {
        return engine.ledger().peakBytes(MemoryKind.ACTIVATION);
    }

    @Override
    public void close() {
        engine.close();
    }
}
