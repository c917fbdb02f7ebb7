package org.backpropaganda.experiments.text;

import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RecurrentState;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.synthetic.recurrent.RecurrentLearner;
import org.backpropaganda.synthetic.recurrent.Unrolled;
import org.backpropaganda.synthetic.recurrent.WindowEntry;
import org.backpropaganda.synthetic.recurrent.WindowStep;

/**
 * A {@link CharLstm} that reads the text in streams beside one another, a window of each a step: truncated backpropagation
 * through time, with the state carried from window to window. Source: Williams and Peng 1990, "An Efficient Gradient-Based
 * Algorithm for On-Line Training of Recurrent Network Trajectories", § 3.
 */
final class LstmModel implements CharModel {
    private static final Recipe RECIPE = new Recipe(4e-3, 0.01, 1);
    private static final int VALIDATION_STREAMS = 8;

    /** So that the start of a stream, where nothing is remembered yet, weighs little. */
    private static final int VALIDATION_CHARACTERS = 4096;

    private static final int VALIDATION_LENGTH = 256;

    private final CharText text;
    private final CharTraining.Sizes sizes;
    private final TensorScope root;
    private final CharLstm model;
    private final RecurrentLearner learner;

    LstmModel(CharText text, CharTraining.Sizes sizes, TensorScope root) {
        this.text = text;
        this.sizes = sizes;
        this.root = root;
        ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, sizes.seed());
        model = new CharLstm(
                factory,
                text.vocabulary(),
                sizes.width(),
                sizes.depth(),
                sizes.dropout(),
                !sizes.method().predicts());
        try (RecurrentState like = model.zeroState(root, sizes.batch())) {
            learner = new RecurrentLearner(sizes.method(), like, factory);
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()));
        }
    }

    @Override
    public Module module() {
        return model;
    }

    @Override
    public List<Parameter> besides() {
        return learner.parameters();
    }

    @Override
    public TrainingState in(TrainingState state) {
        return learner.in(state);
    }

    @Override
    public Recipe recipe() {
        return RECIPE;
    }

    @Override
    public WindowStep step(TensorScope scope, long step) {
        CharText.Streams streams = text.trainStreams(sizes.batch());
        int windows = streams.windows(sizes.length());
        int number = Math.toIntExact(step % windows);
        boolean[] ended = new boolean[sizes.batch()];
        Arrays.fill(ended, number == windows - 1);
        CharText.Windows window = streams.window(number, sizes.length());
        return learner.step(scope, step, ended, entry -> {
            Unrolled unrolled = unroll(entry, scope, sizes.batch(), window);
            CharTraining.finite(unrolled.loss().value().item(), step);
            return unrolled;
        });
    }

    private Unrolled unroll(WindowEntry entry, TensorScope scope, int streams, CharText.Windows windows) {
        int[] characters = windows.inputs();
        Tape tape = entry.tape();
        Tensor ids = scope.allocate(Shape.of(characters.length / streams, streams), DType.INT, MemoryKind.INPUT)
                .set(characters);
        Tensor targets = scope.allocate(Shape.of(characters.length), DType.INT, MemoryKind.INPUT)
                .set(windows.targets());
        List<Variable> results = model.call(entry.with(tape.constant(ids)));
        return new Unrolled(model.loss(results.get(0), tape.constant(targets)), results);
    }

    /** The state is carried along the text, which is read in a few long streams. */
    @Override
    public double validation() {
        int count = Math.max(1, Math.min(VALIDATION_STREAMS, text.validationCharacters() / VALIDATION_CHARACTERS));
        CharText.Streams streams = text.validationStreams(count);
        double sum = 0;
        long characters = 0;
        try (RecurrentState carried = model.zeroState(root, count)) {
            for (int number = 0; number <= streams.windows(VALIDATION_LENGTH); number++) {
                CharText.Windows windows = streams.window(number, VALIDATION_LENGTH);
                int read = windows.inputs().length;
                if (read == 0) {
                    continue;
                }
                try (TensorScope scope = root.child();
                        Tape tape = Tape.inference(scope)) {
                    WindowEntry entry = new WindowEntry(
                            tape, carried.tensors().stream().map(tape::state).toList());
                    Unrolled unrolled = unroll(entry, scope, count, windows);
                    carried.carry(unrolled.results());
                    sum += read * unrolled.loss().value().item();
                }
                characters += read;
            }
        }
        return sum / characters;
    }

    @Override
    public Reader reader() {
        return new Reader() {
            private final RecurrentState carried = model.zeroState(root, 1);

            @Override
            public double[] read(int character) {
                try (TensorScope scope = root.child();
                        Tape tape = Tape.inference(scope)) {
                    Tensor id = scope.allocate(Shape.of(1, 1), DType.INT, MemoryKind.INPUT)
                            .set(character);
                    Variable y = carried.carry(model.call(carried.with(tape.constant(id))));
                    return model.logits(y).value().toDoubles();
                }
            }

            @Override
            public void close() {
                carried.close();
            }
        };
    }
}
