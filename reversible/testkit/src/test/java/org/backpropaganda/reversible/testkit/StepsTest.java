package org.backpropaganda.reversible.testkit;

import java.util.ArrayList;
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
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.Update;

/** Couplings of every kind of step: several sources, side inputs, moves, other combines. */
class StepsTest extends CouplingContract {
    private static final List<String> TWO = List.of("x1", "x2");

    @Override
    protected Stream<CouplingCase> cases() {
        Shape rows = Shape.of(5, 4);
        Shape images = Shape.of(2, 4, 4, 2);
        return Stream.of(
                CouplingCase.of(
                        "three streams, several sources",
                        (factory, counted) -> Coupling.of(
                                List.of("a", "b", "c"),
                                Update.add("a", counted.apply(new Product(factory)), "b", "c"),
                                Update.add("b", counted.apply(new Product(factory)), "c", "a"),
                                Update.add("c", counted.apply(dense(factory)), "a"),
                                Move.rotate("a", "b", "c")),
                        rows,
                        rows,
                        rows),
                CouplingCase.of(
                                "side inputs",
                                (factory, counted) -> Coupling.of(
                                        TWO,
                                        Update.add("x1", counted.apply(new Product(factory)), "x2", "condition"),
                                        Update.add("x2", counted.apply(new Product(factory)), "x1", "time")),
                                rows,
                                rows)
                        .withSides(rows, Shape.of(1, 4)),
                CouplingCase.of(
                        "scaled",
                        (factory, counted) -> Coupling.of(
                                TWO,
                                Update.of("x1", Combine.scaledAdd(0.9, 0.1), counted.apply(dense(factory)), "x2"),
                                Update.of("x2", Combine.scaledAdd(-2, 1), "x1")),
                        rows,
                        rows),
                CouplingCase.of(
                        "a sequence inside a function",
                        (factory, counted) -> Coupling.of(
                                TWO,
                                Update.add("x1", counted.apply(new Halves(factory)), "x2"),
                                Update.add("x2", counted.apply(dense(factory)), "x1")),
                        rows,
                        rows),
                CouplingCase.of(
                        "one stream in front, two inside",
                        (factory, counted) -> Coupling.of(
                                List.of("x"),
                                Move.split("x", "x1", "x2"),
                                Update.add("x1", counted.apply(new Linear(factory, 2, 2, true)), "x2"),
                                Update.add("x2", counted.apply(new Linear(factory, 2, 2, true)), "x1"),
                                Move.join("x1", "x2", "x")),
                        rows),
                CouplingCase.of(
                                "space to depth and channels more",
                                (factory, counted) -> Coupling.of(
                                        TWO,
                                        Move.padChannels("x1", 1),
                                        Move.padChannels("x2", 1),
                                        Move.spaceToDepth(2, "x1"),
                                        Update.add("x1", counted.apply(strided(factory, 2)), "x2"),
                                        Move.spaceToDepth(2, "x2"),
                                        Move.swap("x1", "x2")),
                                images,
                                images)
                        .changingShapes());
    }

    private static Module dense(ParameterFactory factory) {
        return new Sequential(new Linear(factory, 4, 4, true), Activation.tanh(), new Dropout(0.2));
    }

    private static Module strided(ParameterFactory factory, int stride) {
        return new Conv2d(factory, 3, 12, Window.square(3, stride, 1), true);
    }

    /** A reversible sequence on the halves of its input. */
    private static final class Halves extends UnaryModule {
        private final Module body;

        Halves(ParameterFactory factory) {
            List<Coupling> couplings = new ArrayList<>();
            for (int i = 0; i < 2; i++) {
                couplings.add(new AdditiveCoupling(
                        new Sequential(new Linear(factory, 2, 2, true), Activation.tanh(), new Dropout(0.2)),
                        new Linear(factory, 2, 2, true)));
            }
            body = register("body", new ReversibleSequence(couplings));
        }

        @Override
        protected Variable forward(Variable x) {
            List<Variable> halves = body.call(Slice.split(x, -1, 2, 2));
            return Concat.concat(-1, halves.get(0), halves.get(1));
        }
    }

    /** {@code tanh(W a ⊙ b)} of two inputs, of which the second broadcasts. */
    private static final class Product extends Module {
        private final Module weight;

        Product(ParameterFactory factory) {
            weight = register("weight", new Linear(factory, 4, 4, true));
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            Variable product = Multiply.multiply(weight.call(x.get(0)), x.get(1));
            return List.of(Tanh.tanh(Add.add(product, x.get(1))));
        }
    }
}
