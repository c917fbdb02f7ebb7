package org.backpropaganda.autograd.op;

import java.util.Arrays;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * The recorded backward of every norm: with x̂ = (x − μ) / √(σ² + ε) and g = γ dy,
 *
 * <pre>
 * dx = (g − mean(g) − x̂ mean(g x̂)) / √(σ² + ε); dγ = Σ dy x̂; dβ = Σ dy
 * </pre>
 *
 * means over the axes that were normalised. Without a centre, μ and mean(g) are 0. Source: Ioffe and Szegedy 2015, "Batch
 * Normalization", § 3.
 */
final class Normalized {
    private final int[] axes;
    private final boolean centred;
    private final Variable normal;
    private final Variable inverse;

    private Normalized(Variable x, int[] axes, double epsilon, boolean centred) {
        this.axes = axes;
        this.centred = centred;
        Variable off = centred ? Subtract.subtract(x, mean(x)) : x;
        inverse = Pow.pow(Scale.scale(mean(Multiply.multiply(off, off)), 1, epsilon), -0.5);
        normal = Multiply.multiply(off, inverse);
    }

    /** Around the mean. */
    static Normalized of(Variable x, int[] axes, double epsilon) {
        return new Normalized(x, axes, epsilon, true);
    }

    /** Around zero. */
    static Normalized uncentred(Variable x, int[] axes, double epsilon) {
        return new Normalized(x, axes, epsilon, false);
    }

    private Variable mean(Variable v) {
        return Mean.meanKeepingAxes(v, axes);
    }

    /** Gives the gradients of x (input 0), γ (1) and β (2), the vectors along the last axes of what was normalised. */
    void gradient(GradientCall call, Variable gradient) {
        Shape shape = normal.shape();
        Variable dy = Reshape.reshape(gradient, shape.toArray());
        Shape vector = call.spec(1).shape();
        Shape last = trailing(shape, vector.elements());
        if (call.needs(0)) {
            Variable g = Multiply.multiply(dy, Reshape.reshape(call.input(1), last.toArray()));
            Variable along = Multiply.multiply(normal, mean(Multiply.multiply(g, normal)));
            Variable across = Subtract.subtract(centred ? Subtract.subtract(g, mean(g)) : g, along);
            Variable dx = Multiply.multiply(across, inverse);
            call.give(0, Reshape.reshape(dx, call.spec(0).shape().toArray()));
        }
        if (call.needs(1)) {
            Variable sum = Broadcasting.undo(Multiply.multiply(dy, normal), last);
            call.give(1, Reshape.reshape(sum, vector.toArray()));
        }
        if (call.inputs() > 2 && call.needs(2)) {
            call.give(2, Reshape.reshape(Broadcasting.undo(dy, last), vector.toArray()));
        }
    }

    private static Shape trailing(Shape shape, long elements) {
        long[] sizes = shape.toArray();
        int from = sizes.length;
        long product = 1;
        while (from > 0 && product < elements) {
            from--;
            product *= sizes[from];
        }
        return Shape.of(Arrays.copyOfRange(sizes, from, sizes.length));
    }
}
