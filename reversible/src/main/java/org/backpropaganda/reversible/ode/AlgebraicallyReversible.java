package org.backpropaganda.reversible.ode;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Update;

/**
 * Any explicit Runge–Kutta method, made reversible: {@code y(n+1) = λ y(n) + (1 − λ) z(n) + Ψ(h; t(n), z(n)),
 * z(n+1) = z(n) − Ψ(−h; t(n+1), y(n+1))}, where y + Ψ(h; t, y) is a step of the method. It has the order of the method.
 *
 * <pre>
 * inverse  : z(n) = z(n+1) + Ψ(−h; t(n+1), y(n+1)), y(n) = (y(n+1) − (1 − λ) z(n) − Ψ(h; t(n), z(n))) / λ
 * cost     : a step evaluates f twice as often as the method, and again in backward
 * drift    : N inversions multiply an error of y by up to λ⁻ᴺ: for λ = 0.999 by e over 1000 steps
 * </pre>
 *
 * <pre>{@code
 * NeuralOde ode = NeuralOde.builder(field, 40, 0.05).solver(new AlgebraicallyReversible(RungeKutta.rk4())).build();
 * }</pre>
 *
 * <p>Source: McCallum and Foster 2024, "Efficient, Accurate and Stable Gradients for Neural ODEs", § 3.
 */
public final class AlgebraicallyReversible extends OdeSolver {
    private static final double LAMBDA = 0.999;

    private final RungeKutta method;
    private final double lambda;

    /** With the authors' λ = 0.999. */
    public AlgebraicallyReversible(RungeKutta method) {
        this(method, LAMBDA);
    }

    /**
     * All choices.
     *
     * @param method Ψ
     * @param lambda λ, above 0 and not above 1; the further below 1, the more y and z are drawn together, and the faster
     *     the way back drifts
     */
    public AlgebraicallyReversible(RungeKutta method, double lambda) {
        if (!(lambda > 0 && lambda <= 1)) {
            throw new IllegalArgumentException("AlgebraicallyReversible: lambda " + lambda
                    + " is not above 0 and at most 1; the inverse divides by it; give one as " + LAMBDA);
        }
        this.method = method;
        this.lambda = lambda;
    }

    @Override
    List<Coupling> couplings(VectorField field, double start, double step, int steps) {
        List<Coupling> couplings = new ArrayList<>();
        for (int n = 0; n < steps; n++) {
            double before = start + n * step;
            double after = start + (n + 1) * step;
            Increment there = new Increment(field, (f, z) -> drawn(z, method.increment(f, before, step, z)));
            Increment back = new Increment(field, (f, y) -> method.increment(f, after, -step, y));
            couplings.add(Coupling.of(
                    STREAMS,
                    Update.of("y", Combine.scaledAdd(lambda, 1), there, "z"),
                    Update.of("z", Combine.scaledAdd(1, -1), back, "y")));
        }
        return couplings;
    }

    private Variable drawn(Variable z, Variable increment) {
        return lambda == 1 ? increment : Add.addInPlace(Scale.scale(z, 1 - lambda), increment);
    }
}
