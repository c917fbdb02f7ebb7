package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.op.Divide;
import org.backpropaganda.autograd.op.MatMul;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A layer whose weight is divided by its largest singular value: {@code w / σ}, σ = uᵀ w v with w seen as [O, the rest].
 * Power iteration moves the buffers weight_u [O] and weight_v towards the singular vectors; gradients take them for
 * constants. The layer's parameters keep their names.
 *
 * <p>The iteration runs in training, when the weight has been written since it last ran: once a step, however often a step
 * calls the layer. So a replay sees the vectors that the first run saw.
 *
 * <p>Source: Miyato et al. 2018, "Spectral Normalization for Generative Adversarial Networks", § 2.1, Algorithm 1.
 * Deviations: PyTorch iterates at every call in training.
 */
public final class SpectralNorm extends UnaryModule {
    /** PyTorch's default. */
    public static final int ITERATIONS = 1;

    /** Before the first step, as PyTorch's. */
    private static final int FIRST_ITERATIONS = 15;

    /** Keeps the length of a vector from zero, as PyTorch's. */
    private static final double EPSILON = 1e-12;

    private static final int NEVER = -1;

    private final WeightedLayer layer;
    private final Tensor u;
    private final Tensor v;
    private final int iterations;
    private int followed = NEVER;

    /** Wraps a layer, with one iteration a step. */
    public <M extends Module & WeightedLayer> SpectralNorm(ParameterFactory factory, M layer) {
        this(factory, layer, ITERATIONS);
    }

    /**
     * Wraps a layer.
     *
     * @param iterations of power iteration a step
     * @throws IllegalArgumentException if they are below 1
     */
    public <M extends Module & WeightedLayer> SpectralNorm(ParameterFactory factory, M layer, int iterations) {
        if (iterations < 1) {
            throw new IllegalArgumentException("SpectralNorm: " + iterations + " iterations a step are below 1");
        }
        this.layer = register("", layer);
        this.iterations = iterations;
        Shape weight = layer.weight().value().shape();
        u = registerBuffer(
                "weight_u",
                factory.create(Shape.of(weight.dim(0)), Initializer.normal(1)).value());
        v = registerBuffer(
                "weight_v",
                factory.scope()
                        .allocate(Shape.of(weight.elements() / weight.dim(0)), factory.dtype(), MemoryKind.PARAMETER));
        if (u.hasValues()) {
            iterate(FIRST_ITERATIONS);
        }
    }

    /** Lets the vectors follow the weight, unless they have done so since it was written. */
    private void follow() {
        int version = layer.weight().value().version();
        if (version != followed) {
            iterate(iterations);
            followed = version;
        }
    }

    private void iterate(int times) {
        Tensor weight = layer.weight().value();
        long rows = weight.shape().dim(0);
        int columns = Math.toIntExact(v.elements());
        for (int time = 0; time < times; time++) {
            double[] right = RowLoop.run(
                    rows,
                    0,
                    columns,
                    (r, sums) -> {
                        for (int k = 0; k < columns; k++) {
                            sums[k] += r[1][0] * r[0][k];
                        }
                    },
                    weight,
                    u);
            v.set(normalised(right));
            RowLoop.run(
                    rows,
                    1,
                    0,
                    (r, sums) -> {
                        double product = 0;
                        for (int k = 0; k < columns; k++) {
                            product += r[1][k] * right[k];
                        }
                        r[0][0] = product;
                    },
                    u,
                    weight);
            u.set(normalised(u.toDoubles()));
        }
        u.written("power iteration");
        v.written("power iteration");
    }

    /** The vector itself, divided by its length. */
    private static double[] normalised(double[] vector) {
        double squares = 0;
        for (double value : vector) {
            squares += value * value;
        }
        double length = Math.max(Math.sqrt(squares), EPSILON);
        for (int i = 0; i < vector.length; i++) {
            vector[i] /= length;
        }
        return vector;
    }

    @Override
    protected Variable forward(Variable x) {
        Tape tape = x.tape();
        if (tape.isTraining()) {
            tape.onFirstRun(this::follow);
        }
        Variable weight = tape.parameter(layer.weight());
        long rows = u.elements();
        Variable left = Reshape.reshape(tape.constant(u), rows, 1);
        Variable right = Reshape.reshape(tape.constant(v), v.elements(), 1);
        Variable stretched = MatMul.matmul(Reshape.reshape(weight, rows, -1), right);
        Variable sigma = Sum.sum(Multiply.multiply(left, stretched));
        return layer.callWith(x, Divide.divide(weight, sigma));
    }
}
