package org.backpropaganda.reversible.block;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.AttentionSettings;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;

/** The laws of modules, for sequences of published blocks. */
class BlocksContractTest extends ModuleContract {
    private static final Input ROWS = Input.in(6, 4);

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                twice("momentum", factory -> new MomentumResidual(dense(factory), 0.9), ROWS, ROWS),
                twice("i-RevNet", BlocksContractTest::iRevNet, Input.in(2, 3, 3, 2), Input.in(2, 3, 3, 2)),
                twice("groups", BlocksContractTest::groups, ROWS, ROWS, ROWS),
                twice(
                        "columns",
                        factory -> new ReversibleColumn(factory, List.of(sum(factory), dense(factory)), 4, 4),
                        ROWS,
                        ROWS,
                        ROWS),
                twice(
                        "transformer",
                        factory -> ReversibleTransformerBlock.builder(
                                        factory, 4, AttentionSettings.heads(2).withRotaryPositions(10_000))
                                .dropout(0.2)
                                .masked()
                                .build(),
                        Input.in(2, 3, 4),
                        Input.in(2, 3, 4),
                        Input.labels(2, 2, 3)));
    }

    private static Module sum(ParameterFactory factory) {
        return new OfSum(dense(factory), 2);
    }

    private static ModuleCase twice(String name, Function<ParameterFactory, Coupling> coupling, Input... inputs) {
        return ModuleCase.of(
                name,
                factory -> new ReversibleSequence(List.of(coupling.apply(factory), coupling.apply(factory))),
                inputs);
    }

    private static Coupling iRevNet(ParameterFactory factory) {
        return new IRevNetBlock(
                new Sequential(new Conv2d(factory, 2, 2, Window.square(3, 1, 1), true), Activation.tanh()));
    }

    private static Coupling groups(ParameterFactory factory) {
        return new GroupAdditive(List.of(dense(factory), dense(factory), dense(factory)));
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(new Linear(factory, 4, 4, true), Activation.tanh());
    }
}
