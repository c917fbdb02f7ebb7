package org.backpropaganda.reversible.ode;

import java.util.List;
import org.backpropaganda.reversible.Coupling;

/** A solver of {@code ẏ = f(t, y)} whose steps have inverses: {@link ReversibleHeun} or {@link AlgebraicallyReversible}. */
public abstract sealed class OdeSolver permits ReversibleHeun, AlgebraicallyReversible {

    OdeSolver() {}

    /** The streams of all couplings: the solution, and what makes its steps invertible. Both begin as the first value. */
    static final List<String> STREAMS = List.of("y", "z");

    /** The steps from {@code start} on as couplings of {@link #STREAMS}, one for each, and perhaps one more. */
    abstract List<Coupling> couplings(VectorField field, double start, double step, int steps);
}
