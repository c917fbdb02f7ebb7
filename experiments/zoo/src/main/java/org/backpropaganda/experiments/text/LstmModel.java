package org.backpropaganda.experiments.text;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RecurrentState;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

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
    private final RecurrentState state;

    LstmModel(CharText text, CharTraining.Sizes sizes, TensorScope root) {
        this.text = text;
        this.sizes = sizes;
        this.root = root;
        model = new CharLstm(
                new ParameterFactory(root, DType.FLOAT, sizes.seed()),
                text.vocabulary(),
                sizes.width(),
                sizes.depth(),
                sizes.dropout());
        state = model.zeroState(root, sizes.batch());
    }

    @Override
    public List<Parameter> parameters() {
        return model.parameterList();
    }

    @Override
    public Recipe recipe() {
        return RECIPE;
    }

    @Override
    public Variable loss(Tape tape, TensorScope scope, long step) {
        CharText.Streams streams = text.trainStreams(sizes.batch());
        int windows = streams.windows(sizes.length());
        int number = Math.toIntExact(step % windows);
        if (number == 0) {
            state.reset();
        }
        return loss(tape, scope, state, sizes.batch(), streams.window(number, sizes.length()));
    }

    private Variable loss(Tape tape, TensorScope scope, RecurrentState before, int streams, CharText.Windows windows) {
        int[] characters = windows.inputs();
        Tensor ids = scope.allocate(Shape.of(characters.length / streams, streams), DType.INT, MemoryKind.INPUT)
                .set(characters);
        Tensor targets = scope.allocate(Shape.of(characters.length), DType.INT, MemoryKind.INPUT)
                .set(windows.targets());
        Variable y = before.carry(model.call(before.with(tape.constant(ids))));
        return model.loss(y, tape.constant(targets));
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
                    sum += read
                            * loss(tape, scope, carried, count, windows).value().item();
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
