package org.backpropaganda.reversible.ode;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Step;
import org.backpropaganda.reversible.testkit.CouplingCase;
import org.backpropaganda.reversible.testkit.CouplingContract;

/** The laws of couplings, for steps of solvers that read a field twice. */
class SolverCouplingsTest extends CouplingContract {
    private static final Shape STATE = Shape.of(5, 4);

    @Override
    protected int evaluations() {
        return 4;
    }

    @Override
    protected Stream<CouplingCase> cases() {
        return Stream.of(
                solver("Heun, first and inside", new ReversibleHeun(), 0, 2),
                solver("Heun, inside and last", new ReversibleHeun(), 1, 3),
                solver("Euler", new AlgebraicallyReversible(RungeKutta.euler()), 1, 2),
                solver("Euler, strongly drawn", new AlgebraicallyReversible(RungeKutta.euler(), 0.5), 0, 1),
                solver("Euler, not drawn", new AlgebraicallyReversible(RungeKutta.euler(), 1), 0, 1));
    }

    /** Some of the couplings of two steps as one. */
    private static CouplingCase solver(String name, OdeSolver solver, int from, int to) {
        return CouplingCase.of(
                name,
                (factory, counted) -> {
                    Module field = counted.apply(new Driven(factory));
                    List<Step> steps = new ArrayList<>();
                    solver.couplings(new VectorField(field, true), 0.5, 0.4, 2)
                            .subList(from, to)
                            .forEach(coupling -> steps.addAll(coupling.steps()));
                    return new Owning(steps, field);
                },
                STATE,
                STATE);
    }

    /** A coupling that has the field as a part, as the layer has it that it stands in. */
    private static final class Owning extends Coupling {
        Owning(List<Step> steps, Module field) {
            super(OdeSolver.STREAMS, steps);
            register("owned", field);
        }
    }

    /** {@code t tanh(W y)}. */
    private static final class Driven extends Module {
        private final Module weight;

        Driven(ParameterFactory factory) {
            weight = register("weight", new Sequential(new Linear(factory, 4, 4, true), Activation.tanh()));
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            return List.of(Multiply.multiply(weight.call(inputs.get(1)), inputs.get(0)));
        }
    }
}
