package org.backpropaganda.reversible.testkit;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Bijection;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Step;

/** What has a forward and an inverse alone costs one evaluation more. */
class BijectionTest extends CouplingContract {
    /** {@code y1 = 2 x1 + F(x2), y2 = x2 + c}. */
    private static final class Opaque extends Bijection {
        private final Module function;
        private final boolean conditional;

        Opaque(ParameterFactory factory, UnaryOperator<Module> counted, boolean conditional) {
            this.function = register("function", counted.apply(new Linear(factory, 4, 4, true)));
            this.conditional = conditional;
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            Variable shifted = conditional ? Add.add(x.get(1), x.get(2)) : Scale.scale(x.get(1), 1, 1);
            return List.of(Add.add(Scale.scale(x.get(0), 2), function.call(x.get(1))), shifted);
        }

        @Override
        protected List<Variable> invert(List<Variable> y) {
            Variable x2 = conditional ? Subtract.subtract(y.get(1), y.get(2)) : Scale.scale(y.get(1), 1, -1);
            return List.of(Scale.scale(Subtract.subtract(y.get(0), function.call(x2)), 0.5), x2);
        }
    }

    @Override
    protected int evaluations() {
        return 3;
    }

    @Override
    protected Stream<CouplingCase> cases() {
        Shape rows = Shape.of(5, 4);
        return Stream.of(
                CouplingCase.of(
                        "alone",
                        (factory, counted) -> Coupling.of(
                                List.of("x1", "x2"), Step.of(new Opaque(factory, counted, false), "x1", "x2")),
                        rows,
                        rows),
                CouplingCase.of(
                                "with a side input",
                                (factory, counted) -> Coupling.of(
                                        List.of("x1", "x2"),
                                        Step.of(
                                                new Opaque(factory, counted, true),
                                                List.of("x1", "x2"),
                                                List.of("condition"))),
                                rows,
                                rows)
                        .withSides(rows));
    }
}
