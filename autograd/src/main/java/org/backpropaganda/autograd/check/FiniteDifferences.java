package org.backpropaganda.autograd.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientReport.Entry;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Runs a {@link GradientCheck}. */
final class FiniteDifferences {
    private static final double[] STEPS = {1, 1.0 / 16, 1.0 / 256};

    private final GradientCheck check;
    private final CheckedFunction function;
    private final SplittableRandom random;
    private final List<double[]> cotangents;
    private final Map<String, double @Nullable []> gradients;

    FiniteDifferences(GradientCheck check, CheckedFunction function) {
        this.check = check;
        this.function = function;
        this.random = new SplittableRandom(check.seed());
        CheckedFunction.Differentiated analytic = function.differentiate(random.split());
        this.cotangents = analytic.cotangents();
        this.gradients = analytic.gradients();
    }

    GradientReport report() {
        List<Entry> entries = new ArrayList<>();
        function.variables().forEach((name, value) -> entries.add(worst(name, value, gradients.get(name))));
        return new GradientReport(check, List.copyOf(entries));
    }

    private Entry worst(String name, Tensor value, double @Nullable [] gradient) {
        int count = Math.toIntExact(value.elements());
        double[] g = gradient == null ? new double[count] : gradient;
        boolean elementwise = count <= check.elementwise();
        Entry worst = new Entry(name, value.spec(), -1, 0, 0, 0);
        for (int i = 0; i < (elementwise ? count : check.directions()); i++) {
            double[] direction = elementwise ? unit(count, i) : gaussian(count);
            Entry entry = compare(name, value, elementwise ? i : -1, dot(g, direction), direction);
            if (!(entry.relativeError() <= worst.relativeError())) {
                worst = entry;
            }
        }
        return worst;
    }

    private Entry compare(String name, Tensor value, int index, double analytic, double[] direction) {
        Entry best = new Entry(name, value.spec(), index, analytic, Double.NaN, Double.POSITIVE_INFINITY);
        for (double fraction : STEPS) {
            double numeric = slope(value, direction, check.step() * fraction);
            double scale = check.absoluteTolerance() / check.relativeTolerance()
                    + Math.max(Math.abs(analytic), Math.abs(numeric));
            double error = Math.abs(analytic - numeric) / scale;
            if (error < best.relativeError()) {
                best = new Entry(name, value.spec(), index, analytic, numeric, error);
            }
            if (best.relativeError() <= check.relativeTolerance()) {
                break;
            }
        }
        return best;
    }

    private double slope(Tensor value, double[] direction, double step) {
        double[] at = value.toDoubles();
        double largest = 1;
        for (int i = 0; i < at.length; i++) {
            largest = direction[i] == 0 ? largest : Math.max(largest, Math.abs(at[i]));
        }
        double h = step * largest;
        try {
            List<double[]> above = function.evaluate(value, moved(at, direction, h));
            List<double[]> below = function.evaluate(value, moved(at, direction, -h));
            double sum = 0;
            for (int output = 0; output < cotangents.size(); output++) {
                for (int i = 0; i < cotangents.get(output).length; i++) {
                    sum += (above.get(output)[i] - below.get(output)[i])
                            * cotangents.get(output)[i];
                }
            }
            return sum / (2 * h);
        } finally {
            value.set(at);
        }
    }

    private static double[] moved(double[] at, double[] direction, double h) {
        double[] moved = new double[at.length];
        for (int i = 0; i < at.length; i++) {
            moved[i] = at[i] + h * direction[i];
        }
        return moved;
    }

    private static double[] unit(int count, int i) {
        double[] direction = new double[count];
        direction[i] = 1;
        return direction;
    }

    private double[] gaussian(int count) {
        double[] direction = new double[count];
        for (int i = 0; i < count; i++) {
            direction[i] = random.nextGaussian();
        }
        return direction;
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }
}
