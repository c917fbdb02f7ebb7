package org.backpropaganda.reversible.ode;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Scale;
import org.jspecify.annotations.Nullable;

/**
 * An explicit Runge–Kutta method: {@code k(i) = f(t + c(i) h, y + h Σ a(i, j) k(j)), Ψ = h Σ b(i) k(i)}, with j below i and
 * {@code c(i) = Σ a(i, j)}.
 *
 * <pre>{@code
 * RungeKutta ralston = new RungeKutta(List.of(List.of(), List.of(2 / 3.0)), List.of(0.25, 0.75));
 * }</pre>
 *
 * <p>Source: Hairer, Nørsett and Wanner 1993, "Solving Ordinary Differential Equations I", § II.1.
 *
 * @param a for each stage, the weights of those before it: of the first none, of the second one, and so on
 * @param b weights of the stages, of sum 1
 */
public record RungeKutta(List<List<Double>> a, List<Double> b) {
    private static final double SLACK = 1e-12;

    /** Copies the lists. */
    public RungeKutta {
        a = a.stream().map(List::copyOf).toList();
        b = List.copyOf(b);
        boolean triangular = !b.isEmpty() && a.size() == b.size();
        for (int i = 0; triangular && i < a.size(); i++) {
            triangular = a.get(i).size() == i;
        }
        if (!triangular || !(Math.abs(sum(b) - 1) < SLACK)) {
            throw new IllegalArgumentException("RungeKutta: a " + a + " and b " + b
                    + " are no explicit method; give one weight in b for each stage, of sum 1, and in a, for each stage,"
                    + " one weight for each stage before it");
        }
    }

    /** One evaluation, first order. */
    public static RungeKutta euler() {
        return new RungeKutta(List.of(List.of()), List.of(1.0));
    }

    /** Two evaluations, second order. */
    public static RungeKutta midpoint() {
        return new RungeKutta(List.of(List.of(), List.of(0.5)), List.of(0.0, 1.0));
    }

    /** The classical method: four evaluations, fourth order. */
    public static RungeKutta rk4() {
        return new RungeKutta(
                List.of(List.of(), List.of(0.5), List.of(0.0, 0.5), List.of(0.0, 0.0, 1.0)),
                List.of(1 / 6.0, 1 / 3.0, 1 / 3.0, 1 / 6.0));
    }

    private static double sum(List<Double> weights) {
        return weights.stream().mapToDouble(Double::doubleValue).sum();
    }

    /** Ψ: what a step of size h adds to y. */
    Variable increment(VectorField field, double time, double step, Variable y) {
        List<Variable> slopes = new ArrayList<>();
        for (List<Double> weights : a) {
            Variable moved = combined(weights, slopes, step);
            slopes.add(field.at(time + sum(weights) * step, moved == null ? y : Add.addInPlace(y, moved)));
        }
        Variable increment = combined(b, slopes, step);
        if (increment == null) {
            throw new IllegalStateException("weights of sum 1 are not all 0");
        }
        return increment;
    }

    /** Σ weight · slope · step; null where all weights are 0. */
    private static @Nullable Variable combined(List<Double> weights, List<Variable> slopes, double step) {
        Variable sum = null;
        for (int i = 0; i < weights.size(); i++) {
            if (weights.get(i) != 0) {
                Variable part = Scale.scale(slopes.get(i), weights.get(i) * step);
                sum = sum == null ? part : Add.addInPlace(sum, part);
            }
        }
        return sum;
    }
}
