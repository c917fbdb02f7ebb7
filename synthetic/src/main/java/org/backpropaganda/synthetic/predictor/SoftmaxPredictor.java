package org.backpropaganda.synthetic.predictor;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Softmax;

/**
 * {@code M(h, label) = A softmax(B h + b) + a + D[label]} for h [B, ..., C], position by position. A, a and D are zero at
 * first. Parameters: logits.weight [classes, C] and logits.bias [classes], which are B and b; linear.weight [C, classes] and
 * linear.bias [C], which are A and a; labels.weight [C, classes], which is D.
 *
 * <p>Exact where everything behind the boundary is linear, {@code W h + c}, and the loss is the cross-entropy of its softmax: with
 * B = W, b = c, A = Wᵀ and D = −Wᵀ. Labels are [B], or one for each position; -100, which a loss ignores, has the vector
 * zero, but not the gradient zero.
 *
 * <pre>{@code
 * GradientPredictor predictor = new SoftmaxPredictor(factory, 256, 10);
 * DecoupledSequence sequence = new DecoupledSequence(List.of(first, head), List.of(predictor));
 * }</pre>
 *
 * <p>Source: Czarnecki et al. 2017, "Understanding Synthetic Gradients and Decoupled Neural Interfaces": the form of the
 * gradient of a log loss.
 */
public final class SoftmaxPredictor extends GradientPredictor {
    private static final List<Layout> LAYOUTS = List.of(Layout.values());

    private final long channels;
    private final int classes;
    private final Linear logits;
    private final Linear linear;
    private final Linear vectors;

    /** From h and labels in [0, classes). */
    public SoftmaxPredictor(ParameterFactory factory, long channels, int classes) {
        this.channels = channels;
        this.classes = Labels.requireClasses("SoftmaxPredictor", classes);
        logits = register("logits", new Linear(factory, channels, classes, true));
        linear = register("linear", new Linear(factory, classes, channels, true, Initializer.zeros()));
        vectors = register("labels", new Linear(factory, classes, channels, false, Initializer.zeros()));
    }

    @Override
    public boolean isConditioned() {
        return true;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable h = inputs.get(0);
        Layout.require(describe(), LAYOUTS, channels, h.spec());
        Variable scores = logits.call(h);
        Variable probabilities = Softmax.softmax(scores);
        scores.release();
        Variable mapped = linear.call(probabilities);
        probabilities.release();
        return List.of(Labels.add(describe(), mapped, inputs.get(1), h.shape(), vectors, classes, channels));
    }
}
