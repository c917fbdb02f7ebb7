package org.backpropaganda.checkpointing;

import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.LstmCell;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.MultiHeadAttention;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.WithPolicy;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.backpropaganda.checkpointing.schedule.Online;
import org.backpropaganda.checkpointing.schedule.Revolve;

/** The laws of modules, for modules that are computed again. */
class CheckpointContractTest extends ModuleContract {
    private static final int WIDTH = 5;

    @Override
    protected Stream<ModuleCase> cases() {
        Input batch = Input.in(6, WIDTH);
        return Stream.of(
                ModuleCase.of("a block", f -> Checkpoint.checkpoint(block(f)), batch),
                ModuleCase.of("within each other", f -> Checkpoint.checkpoint(Checkpoint.checkpoint(block(f))), batch),
                ModuleCase.of(
                        "one behind the other",
                        f -> new Sequential(Checkpoint.checkpoint(block(f)), Checkpoint.checkpoint(block(f))),
                        batch),
                ModuleCase.of("in a residual branch", f -> new Residual(Checkpoint.checkpoint(block(f))), batch),
                ModuleCase.of(
                        "two inputs and results",
                        f -> Checkpoint.checkpoint(new Crossed(block(f))),
                        batch,
                        Input.in(6, WIDTH)),
                ModuleCase.of("a recurrent layer", f -> Checkpoint.checkpoint(new Lstm(f, 3, 2)), Input.in(4, 2, 3)),
                ModuleCase.of(
                        "attention",
                        f -> Checkpoint.checkpoint(new MultiHeadAttention(f, 4, 2, true)),
                        Input.in(2, 3, 4)),
                ModuleCase.of(
                        "images",
                        f -> Checkpoint.checkpoint(
                                new Sequential(new Conv2d(f, 2, 3, Window.square(3, 1, 1), true), Activation.tanh())),
                        Input.in(2, 4, 3, 2)),
                ModuleCase.of(
                        "the first half of a sequence", f -> new HalvedChain(new Sequential(blocks(f, 3))), batch),
                ModuleCase.of(
                        "under a policy of its own",
                        f -> new WithPolicy(block(f), around -> SavedTensorPolicy.of(new HeapCodec())),
                        batch),
                ModuleCase.of("a sequence of one", f -> new CheckpointedSequence(List.of(block(f))), batch),
                ModuleCase.of("a sequence of five", f -> new CheckpointedSequence(blocks(f, 5)), batch),
                ModuleCase.of("in one segment", f -> new CheckpointedSequence(blocks(f, 3), 1), batch),
                ModuleCase.of("a segment a block", f -> new CheckpointedSequence(blocks(f, 3), 3), batch),
                ModuleCase.of(
                        "a sequence in a checkpoint",
                        f -> Checkpoint.checkpoint(new CheckpointedSequence(blocks(f, 4), 2)),
                        batch),
                ModuleCase.of("by revolve", f -> new CheckpointedSequence(blocks(f, 5), new Revolve(5, 2)), batch),
                ModuleCase.of("online", f -> new CheckpointedSequence(blocks(f, 5), new Online(3)), batch),
                ModuleCase.of(
                        "by a mixed schedule",
                        f -> new CheckpointedSequence(blocks(f, 12), Listed.mixed(), new HeapCodec()),
                        batch),
                ModuleCase.of(
                        "with a file",
                        f -> new CheckpointedSequence(blocks(f, 12), Listed.file(), new HeapCodec()),
                        batch),
                ModuleCase.of(
                        "a sequence of sequences",
                        f -> new CheckpointedSequence(
                                List.of(
                                        new CheckpointedSequence(blocks(f, 3), new Revolve(3, 1)),
                                        Checkpoint.checkpoint(block(f)),
                                        new CheckpointedSequence(blocks(f, 4), new Online(2))),
                                new Revolve(3, 1)),
                        batch),
                ModuleCase.of(
                        "a loop of six",
                        f -> CheckpointedScan.of(block(f))
                                .steps(6)
                                .schedule(new Revolve(6, 2))
                                .build(),
                        batch),
                ModuleCase.of(
                        "a loop of unknown length",
                        f -> CheckpointedScan.of(block(f))
                                .steps(4)
                                .until(state -> false)
                                .schedule(new Online(2))
                                .build(),
                        batch),
                ModuleCase.of(
                        "a loop over a sequence",
                        f -> CheckpointedScan.of(new LstmCell(f, 3, 2, true))
                                .states(2)
                                .inputsFirst()
                                .steps(3)
                                .build(),
                        Input.in(4, 2),
                        Input.in(4, 2),
                        Input.in(4, 3),
                        Input.in(4, 3),
                        Input.in(4, 3)));
    }

    private static Module block(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, true),
                new BatchNorm(factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.3));
    }

    private static List<Module> blocks(ParameterFactory factory, int count) {
        return IntStream.range(0, count).mapToObj(i -> block(factory)).toList();
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
