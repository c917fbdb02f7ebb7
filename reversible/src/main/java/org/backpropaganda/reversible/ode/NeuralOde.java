package org.backpropaganda.reversible.ode;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;

/**
 * A layer that solves {@code ẏ = f(t, y)}: y(t0) [*] → y(t0 + N h) [*], in N steps of size h of a reversible solver. Backward
 * reconstructs the solution instead of keeping it: saved bytes are those of two states, whatever N. Its gradients are those of
 * the discrete solution, but for the rounding of the reconstruction.
 *
 * <pre>{@code
 * Module field = new Sequential(new Linear(factory, 2, 50, true), Activation.tanh(), new Linear(factory, 50, 2, true));
 * NeuralOde ode = NeuralOde.builder(field, 40, 0.05).build();               // t from 0 to 2
 * Variable y = ode.call(y0);
 *
 * NeuralOde driven = NeuralOde.builder(ofTimeAndState, 40, 0.05)           // called with t [1] and y
 *         .timeDependent().startingAt(1).solver(new AlgebraicallyReversible(RungeKutta.rk4())).build();
 * }</pre>
 *
 * <p>The field is one module for all steps. It may be random, as with dropout: then each evaluation draws anew.
 *
 * <p>Source: Chen et al. 2018, "Neural Ordinary Differential Equations", § 2, with the solvers' own backward in the place of
 * the adjoint equation.
 */
public final class NeuralOde extends UnaryModule {
    private final ReversibleSequence steps;

    private NeuralOde(Builder builder) {
        register("field", builder.field);
        ReversibleSequence.Builder sequence = ReversibleSequence.builder(builder.couplings());
        if (builder.anchorEvery > 0) {
            sequence.anchorEvery(builder.anchorEvery);
        }
        steps = register("steps", sequence.build());
    }

    /**
     * A layer solved by {@link ReversibleHeun} from time 0.
     *
     * @param field f, of one input y, whose shape and element type its result has
     * @param steps N, at least 1
     * @param step h, not 0; below 0 to go back in time
     */
    public static Builder builder(Module field, int steps, double step) {
        return new Builder(field, steps, step);
    }

    /** How an equation is solved. */
    public static final class Builder {
        private final Module field;
        private final int steps;
        private final double step;
        private double start;
        private boolean timed;
        private OdeSolver solver = new ReversibleHeun();
        private int anchorEvery;

        private Builder(Module field, int steps, double step) {
            if (steps < 1) {
                throw new IllegalArgumentException("NeuralOde: " + steps + " steps; give at least 1");
            }
            this.field = field;
            this.steps = steps;
            this.step = StepSizes.checked("NeuralOde", step);
        }

        /** The time of the first value. */
        public Builder startingAt(double time) {
            if (!Double.isFinite(time)) {
                throw new IllegalArgumentException("NeuralOde: start time " + time + " is not finite");
            }
            start = time;
            return this;
        }

        /** A field of two inputs, t [1] and y. */
        public Builder timeDependent() {
            timed = true;
            return this;
        }

        /** Another solver. */
        public Builder solver(OdeSolver newSolver) {
            solver = newSolver;
            return this;
        }

        /** Keeps two states every so many steps, from which the way back goes on as from exact ones. */
        public Builder anchorEvery(int newSteps) {
            if (newSteps < 1) {
                throw new IllegalArgumentException(
                        "NeuralOde: an anchor every " + newSteps + " steps; give at least 1");
            }
            anchorEvery = newSteps;
            return this;
        }

        /**
         * The steps of the layer as couplings of two streams, the solution and what makes its steps invertible, both of which
         * begin as y(t0) [*], for a model that arranges couplings itself: one after another they store, in a {@link
         * ReversibleSequence} they reconstruct. None has the field as a part; the model has it once, beside them. Anchors are
         * the sequence's.
         *
         * <pre>{@code
         * List<Coupling> steps = NeuralOde.builder(field, 40, 0.05).couplings();
         * Module storing = new Sequential(steps);
         * Variable y = storing.call(List.of(y0, y0)).get(0);
         * }</pre>
         */
        public List<Coupling> couplings() {
            return solver.couplings(new VectorField(field, timed), start, step, steps);
        }

        /** The layer. */
        public NeuralOde build() {
            return new NeuralOde(this);
        }
    }

    @Override
    protected Variable forward(Variable y) {
        List<Variable> streams = steps.call(List.of(y, y));
        streams.get(1).release();
        return streams.get(0);
    }
}
