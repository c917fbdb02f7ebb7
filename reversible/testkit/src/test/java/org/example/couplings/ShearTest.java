package org.example.couplings;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Update;
import org.backpropaganda.reversible.testkit.CouplingCase;
import org.backpropaganda.reversible.testkit.CouplingContract;

/** A coupling of a user's own, from another package, is one class, or one expression, and one test. */
class ShearTest extends CouplingContract {
    /** {@code y2 = x2 + F(x1), y1 = x1 + G(y2)}. */
    private static final class Shear extends Coupling {
        Shear(Module f, Module g) {
            super(List.of("x1", "x2"), List.of(Update.add("x2", f, "x1"), Update.add("x1", g, "x2")));
        }
    }

    private static Coupling expression(Module f, Module g) {
        return Coupling.of(List.of("x1", "x2"), Update.add("x2", f, "x1"), Update.add("x1", g, "x2"));
    }

    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.of(
                CouplingCase.of(
                        "class",
                        (factory, counted) -> new Shear(
                                counted.apply(new Linear(factory, 3, 3, true)),
                                counted.apply(new Linear(factory, 3, 3, true))),
                        Shape.of(4, 3),
                        Shape.of(4, 3)),
                CouplingCase.of(
                        "expression",
                        (factory, counted) -> expression(
                                counted.apply(new Linear(factory, 3, 3, true)),
                                counted.apply(new Linear(factory, 3, 3, true))),
                        Shape.of(4, 3),
                        Shape.of(4, 3)));
    }
}
