package org.backpropaganda.synthetic.local;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Clamp;
import org.backpropaganda.autograd.op.Divide;
import org.backpropaganda.autograd.op.MatMul;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.OneHot;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sqrt;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Transpose;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * How far the similarities of a batch's examples in a module's result are from those of their labels:
 *
 * <pre>
 * S(X)_ij = ⟨x_i − x̄_i, x_j − x̄_j⟩ / (‖x_i − x̄_i‖ ‖x_j − x̄_j‖)      x̄_i the mean over the features of example i
 * L       = mean over i, j of (S(F(h))_ij − S(one-hot labels)_ij)²
 * </pre>
 *
 * F is a map without bias that learns with the loss: linear of rows [B, C]; of images [B, H, W, C] a 3 × 3 convolution and
 * the standard deviation over the pixels of each channel. S of labels is 1 for two of one class, −1 / (classes − 1) for others.
 * Parameters: map.weight.
 *
 * <p>Cost: B² numbers. Means over pairs: a batch given twice over has the same loss.
 *
 * <p>Source: Nøkland and Eidnes 2019, "Training Neural Networks with Local Error Signals", § 2.2, Eq. (2). Deviation: the
 * derivative of a norm or deviation below 1e-8 is 0, where it has none.
 */
public final class SimilarityLoss extends LocalObjective {
    private static final double EPSILON = 1e-8;

    private final Module map;
    private final boolean isOfImages;
    private final long channels;
    private final int classes;

    /**
     * Of rows or images.
     *
     * @param isOfImages whether h is [B, H, W, channels], not [B, channels]
     * @param classes two or more
     */
    public SimilarityLoss(ParameterFactory factory, boolean isOfImages, long channels, int classes) {
        if (classes < 2 || channels < 2) {
            throw new IllegalArgumentException("similarity loss: " + channels + " channels and " + classes
                    + " classes; of one there are no similarities, give two or more");
        }
        this.isOfImages = isOfImages;
        this.channels = channels;
        this.classes = classes;
        map = register(
                "map",
                isOfImages
                        ? new Conv2d(factory, channels, channels, Window.square(3, 1, 1), false)
                        : new Linear(factory, channels, channels, false));
    }

    @Override
    protected Variable loss(Variable h, Variable labels) {
        if (h.shape().rank() != (isOfImages ? 4 : 2) || h.shape().dim(-1) != channels) {
            throw new ShapeException("similarity loss: the boundary is " + h.spec() + ", made for "
                    + (isOfImages ? "[B, H, W, C]" : "[B, C]") + " with " + channels + " channels");
        }
        Variable mapped = map.call(h);
        Variable features = isOfImages ? deviations(mapped) : mapped;
        Tensor rows = OneHot.encode(h.tape().scope(), labels.value(), classes, h.dtype());
        Variable oneHot = h.tape().constant(rows);
        rows.close();
        return MeanSquaredError.meanSquaredError(similarities(features), similarities(oneHot));
    }

    /** Standard deviations [B, C] over the pixels, without bias; where there is one pixel, that one. */
    private static Variable deviations(Variable x) {
        Shape shape = x.shape();
        long pixels = shape.dim(1) * shape.dim(2);
        if (pixels == 1) {
            return Reshape.reshape(x, shape.dim(0), shape.dim(-1));
        }
        Variable centred = Subtract.subtract(x, Mean.meanKeepingAxes(x, 1, 2));
        Variable squares = Sum.sum(Multiply.multiply(centred, centred), 1, 2);
        return root(Scale.scale(squares, 1.0 / (pixels - 1)));
    }

    private static Variable similarities(Variable x) {
        Variable centred = Subtract.subtract(x, Mean.meanKeepingAxes(x, 1));
        Variable norms = root(Sum.sumKeepingAxes(Multiply.multiply(centred, centred), 1));
        Variable unit = Divide.divide(centred, norms);
        return MatMul.matmul(unit, Transpose.transpose(unit, 1, 0));
    }

    /** Limited before the root is taken, whose derivative at 0 is infinite. */
    private static Variable root(Variable x) {
        return Sqrt.sqrt(Clamp.clamp(x, EPSILON * EPSILON, Double.POSITIVE_INFINITY));
    }
}
