package org.backpropaganda.reversible.abn;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How a normalisation of rows is differentiated from what it kept.
 *
 * <pre>
 * saves    : y, v [R], x̂ of lost columns; where all are lost x, and with β μ and v [R]
 * backward : x̂ = (y − β)/γ, or (x − μ)/√(v + ε);  g = γ dy;  dγ = Σ dy x̂;  dβ = Σ dy
 *            dx = (g − mean(g) − x̂ mean(g x̂))/√(v + ε);  without β: no mean(g)
 * </pre>
 */
final class RowNormPullback extends NormPullback {
    private final RowNorm norm;
    private final LostChannels lost;
    private final List<SavedTensor> saved = new ArrayList<>();

    /**
     * Of a call.
     *
     * @param columns normalised values of the lost columns, if some but not all are lost
     */
    RowNormPullback(
            RowNorm norm,
            SegmentForward call,
            Tensor output,
            RowNorm.Moments moments,
            LostChannels lost,
            @Nullable Tensor columns) {
        super(norm.parameters(), call);
        this.norm = norm;
        this.lost = lost;
        if (lost.all()) {
            saved.add(call.saveInput(X));
            if (norm.isCentred()) {
                saved.add(call.save("variance", moments.variance()));
                saved.add(call.save("mean", moments.mean()));
            }
            return;
        }
        saved.add(call.saveExact(OUTPUT, output));
        saved.add(call.saveExact("variance", moments.variance()));
        if (columns != null) {
            saved.add(call.saveExact(LOST, columns));
        }
    }

    @Override
    List<SavedTensor> saved() {
        return saved;
    }

    @Override
    Variable byOps(List<Variable> inputs) {
        return norm.byOps(inputs);
    }

    @Override
    void differentiate(SegmentBackward call, List<Tensor> restored, Tensor dy) {
        double[] gamma = Vectors.values(norm.gamma().value());
        int columns = gamma.length;
        RestoredRow restoredRow = new RestoredRow();
        Tensor dx = own(call.scope(), dy);
        double[] sums = RowLoop.run(
                dx.elements() / columns,
                1,
                2 * columns,
                (r, s) -> {
                    double[] slope = r[1];
                    double[] normal = r[2];
                    double inverse = 1 / restoredRow.normalise(r, 2);
                    double mean = 0;
                    double along = 0;
                    for (int i = 0; i < columns; i++) {
                        s[i] += slope[i] * normal[i];
                        s[columns + i] += slope[i];
                        mean += gamma[i] * slope[i];
                        along += gamma[i] * slope[i] * normal[i];
                    }
                    mean = norm.isCentred() ? mean / columns : 0;
                    along /= columns;
                    for (int i = 0; i < columns; i++) {
                        r[0][i] = inverse * (gamma[i] * slope[i] - mean - normal[i] * along);
                    }
                },
                tensors(List.of(dx, dy), restored));
        Tensor vector = norm.gamma().value();
        give(call.input(GAMMA), Vectors.like(vector, call.scope(), i -> sums[i]));
        if (norm.isCentred()) {
            give(call.input(BETA), Vectors.like(vector, call.scope(), i -> sums[columns + i]));
        }
        give(call.input(X), dx);
    }

    /** x̂ √(v + ε): x, but for μ, on which the function does not depend. */
    @Override
    Tensor input(SegmentBackward call, List<Tensor> restored) {
        if (lost.all()) {
            return call.scope().share(restored.get(0));
        }
        RestoredRow restoredRow = new RestoredRow();
        Tensor x = own(call.scope(), restored.get(0));
        RowLoop.run(
                x.elements() / norm.columns(),
                1,
                0,
                (r, sums) -> {
                    double deviation = restoredRow.normalise(r, 1);
                    for (int i = 0; i < r[0].length; i++) {
                        r[0][i] = r[1][i] * deviation;
                    }
                },
                tensors(List.of(x), restored));
        x.written(norm.name() + " reconstruction");
        return x;
    }

    private static Tensor[] tensors(List<Tensor> first, List<Tensor> restored) {
        List<Tensor> all = new ArrayList<>(first);
        all.addAll(restored);
        return all.toArray(Tensor[]::new);
    }

    /** Has one row back. Threads share it: it writes to the row alone. */
    private final class RestoredRow {
        private final double[] gamma = Vectors.values(norm.gamma().value());
        private final double[] beta = norm.shift();
        private final boolean[] isLost = lost.flags();

        /**
         * Makes x̂ of a row.
         *
         * @param rows what was saved, from {@code first} on
         * @return √(v + ε)
         */
        double normalise(double[][] rows, int first) {
            double[] row = rows[first];
            return lost.all() ? ofInput(row, rows, first) : ofOutput(row, rows, first);
        }

        private double ofInput(double[] x, double[][] rows, int first) {
            double variance = norm.isCentred() ? rows[first + 1][0] : RowNorm.meanSquare(x);
            double mean = norm.isCentred() ? rows[first + 2][0] : 0;
            double deviation = Math.sqrt(variance + norm.epsilon());
            for (int i = 0; i < x.length; i++) {
                x[i] = (x[i] - mean) / deviation;
            }
            return deviation;
        }

        private double ofOutput(double[] y, double[][] rows, int first) {
            int column = 0;
            for (int i = 0; i < y.length; i++) {
                y[i] = isLost[i] ? rows[first + 2][column++] : (y[i] - beta[i]) / gamma[i];
            }
            return Math.sqrt(rows[first + 1][0] + norm.epsilon());
        }
    }
}
