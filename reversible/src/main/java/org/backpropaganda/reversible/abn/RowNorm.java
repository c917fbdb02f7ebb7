package org.backpropaganda.reversible.abn;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.op.LayerNorm;
import org.backpropaganda.autograd.op.RmsNorm;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * A normalisation of rows as one function, whatever is kept of it.
 *
 * <pre>
 * y = γ x̂ + β, x̂ = (x − μ)/√(v + ε) with the mean μ and the biased variance v of each row; without β: μ = 0, v = mean(x²)
 * </pre>
 *
 * @param name in messages
 * @param gamma γ [*], the last axes of x
 * @param beta β [*], or none for normalisation by the root of the mean square
 * @param epsilon ε
 * @param reconstruction which columns can be had back from y
 * @param warning of those that cannot
 */
record RowNorm(
        String name,
        Parameter gamma,
        @Nullable Parameter beta,
        double epsilon,
        Reconstruction reconstruction,
        LayerWarning warning) {

    /** γ, and β if there is one. */
    List<Parameter> parameters() {
        return beta == null ? List.of(gamma) : List.of(gamma, beta);
    }

    /** Whether rows are centred by their mean. */
    boolean isCentred() {
        return beta != null;
    }

    /** β, or zeros. */
    double[] shift() {
        return beta == null ? new double[columns()] : Vectors.values(beta.value());
    }

    int columns() {
        return Math.toIntExact(gamma.value().elements());
    }

    /** The number of rows of x. */
    long rows(Tensor x) {
        int all = x.shape().rank();
        Shape last = gamma.value().shape();
        boolean fits = all >= last.rank();
        for (int i = 1; fits && i <= last.rank(); i++) {
            fits = x.shape().dim(-i) == last.dim(-i);
        }
        if (!fits) {
            throw new ShapeException(name + ": γ " + last + " must have the last axes of x " + x.shape());
        }
        return x.elements() / columns();
    }

    /** Statistics of each row, [R]; without β the mean is not set. */
    record Moments(Tensor mean, Tensor variance) {
        void close() {
            mean.close();
            variance.close();
        }
    }

    /** Room for the statistics of the rows of x. */
    Moments moments(TensorScope scope, Tensor x) {
        Shape rows = Shape.of(rows(x));
        return new Moments(scope.allocate(rows, x.dtype()), scope.allocate(rows, x.dtype()));
    }

    /** Normalises each row of x into y, which may be x itself, and tells its statistics. */
    void forward(Tensor x, Tensor y, Moments moments) {
        if (beta == null) {
            byRootMeanSquare(x, y, moments.variance());
        } else {
            Kernels.of(x)
                    .layerNorm()
                    .forward(x, gamma.value(), beta.value(), epsilon, y, moments.mean(), moments.variance());
        }
    }

    private void byRootMeanSquare(Tensor x, Tensor y, Tensor meanSquare) {
        double[] scale = Vectors.values(gamma.value());
        RowLoop.run(
                x.elements() / scale.length,
                2,
                0,
                (r, sums) -> {
                    r[1][0] = meanSquare(r[2]);
                    double inverse = 1 / Math.sqrt(r[1][0] + epsilon);
                    for (int i = 0; i < scale.length; i++) {
                        r[0][i] = scale[i] * (r[2][i] * inverse);
                    }
                },
                y,
                meanSquare,
                x);
    }

    static double meanSquare(double[] row) {
        double squares = 0;
        for (double value : row) {
            squares += value * value;
        }
        return squares / row.length;
    }

    /** Normalises columns of x that were taken before it was overwritten. */
    void normalise(Tensor columns, Moments moments) {
        RowLoop.run(
                columns.shape().dim(0),
                1,
                0,
                (r, sums) -> {
                    double mean = isCentred() ? r[1][0] : 0;
                    double deviation = Math.sqrt(r[2][0] + epsilon);
                    for (int i = 0; i < r[0].length; i++) {
                        r[0][i] = (r[0][i] - mean) / deviation;
                    }
                },
                columns,
                moments.mean(),
                moments.variance());
    }

    /** Applies it on the tape of x. */
    Variable apply(Variable x) {
        List<Variable> inputs = new ArrayList<>(List.of(x));
        parameters().forEach(parameter -> inputs.add(x.tape().parameter(parameter)));
        return x.tape().apply(new RowNormSegment(this), inputs).get(0);
    }

    /** The function as ops. */
    Variable byOps(List<Variable> inputs) {
        return beta == null
                ? RmsNorm.rmsNorm(inputs.get(0), inputs.get(1), epsilon)
                : LayerNorm.layerNorm(inputs.get(0), inputs.get(1), inputs.get(2), epsilon);
    }
}
