package org.backpropaganda.synthetic;

import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Expand;
import org.backpropaganda.autograd.op.Linear;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A fixed random map of errors [B, classes] to gradients [B, C] at a boundary: {@code δ = e Wᵀ} with the buffer matrix W [C,
 * classes], which is drawn once and never learns. Where the boundary has positions between B and C, as the pixels of images
 * [B, H, W, C], each gets {@code δ / P}, P their number: what global average pooling in front of a linear map would hand them.
 * With Wᵀ the weight of such a head on the boundary itself, that is its true gradient.
 *
 * <p>Source: Nøkland 2016, "Direct Feedback Alignment Provides Learning in Deep Neural Networks", § 2. Deviation: one
 * column for all positions of images, where the paper has one each.
 */
public final class FeedbackMatrix extends UnaryModule {
    private final Tensor matrix;
    private final long channels;
    private final long classes;

    /** Normal with variance 1 / C, as a head that keeps the size of what it reads. */
    public FeedbackMatrix(ParameterFactory factory, long classes, long channels) {
        this.classes = classes;
        this.channels = channels;
        matrix = registerBuffer(
                "matrix",
                factory.create(Shape.of(channels, classes), Initializer.normal(Math.sqrt(1.0 / channels)))
                        .value());
    }

    /** The classes that errors are of. */
    public long classes() {
        return classes;
    }

    @Override
    protected Variable forward(Variable error) {
        return mapped(error);
    }

    private Variable mapped(Variable error) {
        return Linear.linear(error, error.tape().constant(matrix));
    }

    /**
     * The gradient at a boundary.
     *
     * @param error [B, classes]
     * @param boundary [B, ..., C]
     */
    Variable at(Shape boundary, Variable error) {
        Variable rows = mapped(error);
        if (boundary.rank() == 2) {
            return rows;
        }
        long[] sizes = new long[boundary.rank()];
        Arrays.fill(sizes, 1);
        sizes[0] = boundary.dim(0);
        sizes[sizes.length - 1] = channels;
        double positions = (double) boundary.elements() / (boundary.dim(0) * channels);
        return Expand.expand(Scale.scale(Reshape.reshape(rows, sizes), 1 / positions), boundary);
    }

    /** Refuses a boundary that it was not made for. */
    void check(int number, Shape boundary) {
        if (boundary.rank() < 2 || boundary.dim(-1) != channels) {
            throw new ShapeException("decoupled sequence: boundary " + number + " is " + boundary
                    + ", its feedback matrix is for [B, ..., " + channels + "]");
        }
    }

    /** Refuses logits that it was not made for. */
    static void checkLogits(List<Variable> results, List<Variable> ports) {
        for (Variable port : ports) {
            if (results.size() != 1 || !results.get(0).spec().equals(port.spec())) {
                throw new ShapeException("decoupled sequence: the last module returns "
                        + results.stream().map(Variable::spec).toList()
                        + ", but feedback of errors is for logits " + port.spec());
            }
        }
    }
}
