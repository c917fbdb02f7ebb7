package org.example.couplings;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReverseStep;
import org.backpropaganda.reversible.testkit.CouplingCase;
import org.backpropaganda.reversible.testkit.CouplingContract;

/** A coupling of a user's own, from another package, is one class and one test. */
class ShearTest extends CouplingContract {
    /** {@code y2 = x2 + F(x1), y1 = x1 + G(y2)}. */
    private static final class Shear extends Coupling {
        private final Module f;
        private final Module g;

        Shear(Module f, Module g) {
            this.f = register("f", f);
            this.g = register("g", g);
        }

        @Override
        protected List<Variable> forward(List<Variable> streams) {
            requireTwo(streams);
            Variable x1 = streams.get(0);
            Variable y2 = Add.add(streams.get(1), branch(f, Identity.hold(x1), x1.spec()));
            Variable y1 = Add.add(x1, branch(g, Identity.hold(y2), x1.spec()));
            return List.of(y1, y2);
        }

        @Override
        protected List<Variable> invert(Variable y1, Variable y2) {
            Variable x1 = Subtract.subtract(y1, branch(g, Identity.hold(y2), y1.spec()));
            return List.of(x1, Subtract.subtract(y2, branch(f, Identity.hold(x1), y2.spec())));
        }

        @Override
        protected void reverse(ReverseStep step) {
            step.subtract(0, g, 1);
            step.subtract(1, f, 0);
        }
    }

    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.of(CouplingCase.of(
                "shear",
                (factory, counted) -> new Shear(
                        counted.apply(new Linear(factory, 3, 3, true)), counted.apply(new Linear(factory, 3, 3, true))),
                Shape.of(4, 3),
                Shape.of(4, 3)));
    }
}
