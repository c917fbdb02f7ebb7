package org.backpropaganda.reversible.ode;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.ModuleCase;
import org.backpropaganda.autograd.testkit.ModuleContract;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;

/** The laws of modules, for discretised equations. */
class OdeContractTest extends ModuleContract {
    private static final Input ROWS = Input.in(6, 4);
    private static final Input IMAGES = Input.in(2, 3, 3, 2);

    @Override
    protected Stream<ModuleCase> cases() {
        return Stream.of(
                twice("midpoint", factory -> new MidpointCoupling(dense(factory), 0.3), ROWS),
                twice("leapfrog", factory -> new LeapfrogCoupling(dense(factory), 0.7), ROWS),
                ModuleCase.of(
                        "symmetric",
                        factory -> new SymmetricLinear(factory, 4, 6, Activation.tanh()),
                        Input.in(2, 3, 4)),
                ModuleCase.of(
                        "symmetric, strided",
                        factory -> new SymmetricConv2d(factory, 2, 3, Window.square(3, 2, 1), Activation.tanh()),
                        IMAGES),
                ModuleCase.of(
                        "Heun",
                        factory -> NeuralOde.builder(dense(factory), 3, 0.3).build(),
                        ROWS),
                ModuleCase.of(
                        "fourth order, with random evaluations and an anchor",
                        factory -> NeuralOde.builder(
                                        new Sequential(dense(factory), new BatchNorm(factory, 4), new Dropout(0.2)),
                                        2,
                                        0.3)
                                .solver(new AlgebraicallyReversible(RungeKutta.rk4()))
                                .anchorEvery(1)
                                .build(),
                        ROWS));
    }

    private static ModuleCase twice(String name, Function<ParameterFactory, Coupling> coupling, Input stream) {
        return ModuleCase.of(
                name,
                factory -> new ReversibleSequence(List.of(coupling.apply(factory), coupling.apply(factory))),
                stream,
                stream);
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(new Linear(factory, 4, 4, true), Activation.tanh());
    }
}
