package org.backpropaganda.reversible.testkit;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.Update;
import org.backpropaganda.reversible.exact.Bdia;
import org.backpropaganda.reversible.exact.ExactCoupling;
import org.backpropaganda.reversible.exact.ExactMidpoint;
import org.backpropaganda.reversible.exact.ExactMomentum;
import org.backpropaganda.reversible.exact.FixedPoint;

/** The library's couplings in fixed point, and one that is made of its parts. */
class ExactCouplingsTest extends CouplingContract {
    private static final FixedPoint FINE = new FixedPoint(18, 44);

    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.concat(
                of("dense", Shape.of(5, 3), ExactCouplingsTest::dense),
                of("images", Shape.of(2, 3, 3, 2), ExactCouplingsTest::image));
    }

    private interface Function {
        Module of(ParameterFactory factory);
    }

    private static Stream<CouplingCase> of(String name, Shape shape, Function function) {
        return Stream.of(
                CouplingCase.of(
                        "exact, " + name,
                        (factory, counted) -> new ExactCoupling(
                                counted.apply(function.of(factory)), counted.apply(function.of(factory)), FINE),
                        shape,
                        shape),
                CouplingCase.of(
                        "exact midpoint, " + name,
                        (factory, counted) -> new ExactMidpoint(counted.apply(function.of(factory)), 0.2, FINE),
                        shape,
                        shape),
                CouplingCase.of(
                        "exact momentum, " + name,
                        (factory, counted) -> new ExactMomentum(counted.apply(function.of(factory)), 0.7, FINE),
                        shape,
                        shape),
                CouplingCase.of(
                        "bdia, " + name,
                        (factory, counted) -> new Bdia(counted.apply(function.of(factory)), FINE),
                        shape,
                        shape),
                CouplingCase.of(
                                "of one's own, " + name,
                                (factory, counted) -> ofOnesOwn(factory, function, counted),
                                shape,
                                shape,
                                shape)
                        .withSides(shape));
    }

    private static Coupling ofOnesOwn(ParameterFactory factory, Function function, UnaryOperator<Module> counted) {
        return Coupling.of(
                List.of("a", "b", "c"),
                FINE.enter("b", "c"),
                Update.of("a", FINE.add(), counted.apply(new Product(function.of(factory))), "b", "condition"),
                Update.of("b", FINE.add(), counted.apply(new Product(function.of(factory))), "a", "c"),
                Move.rotate("a", "b", "c"));
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, 3, 3, true), new BatchNorm(factory, 3), Activation.tanh(), new Dropout(0.3));
    }

    private static Module image(ParameterFactory factory) {
        return new Sequential(new Conv2d(factory, 2, 2, Window.square(3, 1, 1), true), Activation.tanh());
    }

    /** A function of one input, times another. */
    private static final class Product extends Module {
        private final Module function;

        Product(Module function) {
            this.function = register("", function);
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            return List.of(Multiply.multiply(function.call(x.get(0)), x.get(1)));
        }
    }
}
