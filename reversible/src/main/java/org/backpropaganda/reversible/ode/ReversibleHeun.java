package org.backpropaganda.reversible.ode;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Step;
import org.backpropaganda.reversible.Update;

/**
 * The reversible Heun method: {@code z(n+1) = 2 y(n) − z(n) + h f(z(n)), y(n+1) = y(n) + h/2 (f(z(n)) + f(z(n+1)))}, of second
 * order.
 *
 * <pre>
 * inverse  : the same rule with −h
 * cost     : N steps evaluate f N + 1 times, and again in backward
 * drift    : z is only reflected, never damped; for ẏ = λy the method is stable where hλ lies between −i and i on the
 *            imaginary axis: elsewhere, errors grow
 * </pre>
 *
 * <p>N steps are N + 1 couplings: with the half step {@code ŷ(n) = y(n) + h/2 f(z(n))} for y, each is {@code z ← 2ŷ − z},
 * {@code ŷ ← ŷ + h f(z)}, so that each value of f is computed once; the first and the last add half of it.
 *
 * <pre>{@code
 * NeuralOde ode = NeuralOde.builder(field, 40, 0.05).solver(new ReversibleHeun()).build();
 * }</pre>
 *
 * <p>Source: Kidger et al. 2021, "Efficient and Accurate Gradients for Neural SDEs", § 3 and Algorithm 1, without noise.
 */
public final class ReversibleHeun extends OdeSolver {
    @Override
    List<Coupling> couplings(VectorField field, double start, double step, int steps) {
        List<Coupling> couplings = new ArrayList<>();
        for (int k = 0; k <= steps; k++) {
            double time = start + k * step;
            double weight = k == 0 || k == steps ? step / 2 : step;
            List<Step> parts = new ArrayList<>();
            if (k > 0) {
                parts.add(Update.of("z", Combine.scaledAdd(-1, 2), "y"));
            }
            Increment slope = new Increment(field, (f, z) -> f.at(time, z));
            parts.add(Update.of("y", Combine.scaledAdd(1, weight), slope, "z"));
            couplings.add(Coupling.of(STREAMS, parts.toArray(Step[]::new)));
        }
        return couplings;
    }
}
