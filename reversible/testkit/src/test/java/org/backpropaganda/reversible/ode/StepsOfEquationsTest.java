package org.backpropaganda.reversible.ode;

import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.testkit.CouplingCase;
import org.backpropaganda.reversible.testkit.CouplingContract;

/** The laws of couplings, for steps of difference schemes. */
class StepsOfEquationsTest extends CouplingContract {
    private static final Shape ROWS = Shape.of(5, 4);
    private static final Shape IMAGES = Shape.of(2, 4, 4, 2);

    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.of(
                CouplingCase.of(
                        "midpoint",
                        (factory, counted) -> new MidpointCoupling(
                                counted.apply(new Sequential(new Linear(factory, 4, 4, true), Activation.tanh())), 0.3),
                        ROWS,
                        ROWS),
                CouplingCase.of(
                        "leapfrog, dense",
                        (factory, counted) -> new LeapfrogCoupling(
                                counted.apply(new SymmetricLinear(factory, 4, 6, Activation.tanh())), 0.7),
                        ROWS,
                        ROWS),
                CouplingCase.of(
                        "leapfrog, images, back in time",
                        (factory, counted) -> new LeapfrogCoupling(
                                counted.apply(
                                        new SymmetricConv2d(factory, 2, 3, Window.square(3, 1, 1), Activation.tanh())),
                                -0.7),
                        IMAGES,
                        IMAGES));
    }
}
