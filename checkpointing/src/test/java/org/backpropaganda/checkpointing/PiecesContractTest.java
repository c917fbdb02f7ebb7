package org.backpropaganda.checkpointing;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.MultiHeadAttention;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RecurrentSettings;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;

/** The laws of modules, for modules that run in pieces. */
class PiecesContractTest extends ModuleContract {
    private static final int WIDTH = 5;

    @Override
    protected Stream<ModuleCase> cases() {
        Input batch = Input.in(6, WIDTH);
        Input tokens = Input.in(2, 5, WIDTH);
        return Stream.of(
                ModuleCase.of("of a batch", f -> Pieces.ofBatch(block(f), 3), batch),
                ModuleCase.of("that differ by one", f -> Pieces.ofBatch(block(f), 4), batch),
                ModuleCase.of("of one row", f -> Pieces.ofBatch(block(f), 100), batch),
                ModuleCase.of("one alone", f -> Pieces.ofBatch(block(f), 1), batch),
                ModuleCase.of("of tokens", f -> Pieces.ofTokens(block(f), 2), tokens),
                ModuleCase.of("within each other", f -> Pieces.ofBatch(Pieces.ofTokens(block(f), 2), 2), tokens),
                ModuleCase.of("of pieces of a batch", f -> Pieces.ofBatch(Pieces.ofBatch(block(f), 2), 3), batch),
                ModuleCase.of("in a checkpoint", f -> Checkpoint.checkpoint(Pieces.ofBatch(block(f), 3)), batch),
                ModuleCase.of("of a checkpoint", f -> Pieces.ofBatch(Checkpoint.checkpoint(block(f)), 3), batch),
                ModuleCase.of("in a sequence", f -> new CheckpointedSequence(pieces(f, 4)), batch),
                ModuleCase.of(
                        "of a sequence", f -> Pieces.ofBatch(new CheckpointedSequence(pieces(f, 4), 2), 2), batch),
                ModuleCase.of("in a residual branch", f -> new Residual(Pieces.ofBatch(block(f), 2)), batch),
                ModuleCase.of(
                        "two inputs and results",
                        f -> Pieces.ofBatch(new Crossed(block(f)), 3),
                        batch,
                        Input.in(6, WIDTH)),
                ModuleCase.of(
                        "one of two inputs is a constant",
                        f -> Pieces.ofBatch(new Crossed(block(f)), 3),
                        batch,
                        Input.in(6, WIDTH).constant()),
                ModuleCase.of(
                        "a recurrent layer",
                        f -> Pieces.ofBatch(new Lstm(f, 3, 2, RecurrentSettings.ONE_LAYER.forBatchFirst()), 2),
                        Input.in(3, 4, 3)),
                ModuleCase.of(
                        "attention", f -> Pieces.ofBatch(new MultiHeadAttention(f, 4, 2, true), 2), Input.in(3, 3, 4)),
                ModuleCase.of(
                        "images",
                        f -> Pieces.ofBatch(
                                new Sequential(new Conv2d(f, 2, 3, Window.square(3, 2, 1), true), Activation.tanh()),
                                2),
                        Input.in(3, 4, 3, 2)));
    }

    private static Module block(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, true),
                new LayerNorm(factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.3),
                new Linear(factory, WIDTH, WIDTH, false));
    }

    private static List<Module> pieces(ParameterFactory factory, int count) {
        return IntStream.range(0, count)
                .<Module>mapToObj(i -> Pieces.ofBatch(
                        new Sequential(new Linear(factory, WIDTH, WIDTH, true), Activation.tanh(), new Dropout(0.3)),
                        2))
                .toList();
    }

    /** (x, z) → (body(x) · z, x). */
    private static final class Crossed extends Module {
        private final Module body;

        Crossed(Module body) {
            this.body = register("body", body);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return List.of(Multiply.multiply(body.call(inputs.get(0)), inputs.get(1)), inputs.get(0));
        }
    }
}
