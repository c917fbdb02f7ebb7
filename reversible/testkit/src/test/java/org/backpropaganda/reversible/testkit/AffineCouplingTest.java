package org.backpropaganda.reversible.testkit;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.AffineCoupling;
import org.backpropaganda.reversible.Scaling;

/** Functions are bounded, so that scales are: a coupling that divides by next to nothing has no inverse in any arithmetic. */
class AffineCouplingTest extends CouplingContract {
    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.of(
                dense(Scaling.sigmoid()),
                dense(Scaling.exp()),
                dense(Scaling.softClamp(2)),
                dense(Scaling.atLeast(0.25)),
                CouplingCase.of(
                        "two results that broadcast",
                        (factory, counted) -> new AffineCoupling(
                                counted.apply(new Apart(factory)), counted.apply(new Apart(factory))),
                        Shape.of(5, 4),
                        Shape.of(5, 4)),
                CouplingCase.of(
                        "images",
                        (factory, counted) ->
                                new AffineCoupling(counted.apply(image(factory)), counted.apply(image(factory))),
                        Shape.of(2, 3, 3, 2),
                        Shape.of(2, 3, 3, 2)));
    }

    private static CouplingCase dense(Scaling scaling) {
        return CouplingCase.of(
                scaling.name(),
                (factory, counted) ->
                        new AffineCoupling(counted.apply(dense(factory)), counted.apply(dense(factory)), scaling),
                Shape.of(5, 4),
                Shape.of(5, 4));
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(new Linear(factory, 4, 8, true), Activation.tanh(), new Dropout(0.2));
    }

    private static Module image(ParameterFactory factory) {
        return new Sequential(new Conv2d(factory, 2, 4, Window.square(3, 1, 1), true), Activation.tanh());
    }

    /** A scale of one number a row, and a shift. */
    private static final class Apart extends Module {
        private final Module scale;
        private final Module shift;

        Apart(ParameterFactory factory) {
            scale = register("scale", new Sequential(new Linear(factory, 4, 1, true), Activation.tanh()));
            shift = register("shift", new Linear(factory, 4, 4, true));
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            return List.of(scale.call(x.get(0)), shift.call(x.get(0)));
        }
    }
}
