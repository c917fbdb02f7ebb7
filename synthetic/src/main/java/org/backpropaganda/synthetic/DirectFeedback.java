package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;

/**
 * The module in front learns from the error e = ∂L/∂logits, brought to the shape of its result by a fixed random matrix:
 *
 * <pre>
 * δ_k = B_k e
 * </pre>
 *
 * Gradients of modules do not wait for each other, but all wait for the error: every module keeps its graph until the loss is
 * there, as in backpropagation. What it takes less of is computation: no module but those in front of the sequence's own input
 * computes a gradient of its input. The last module of the sequence has to return the logits [B, classes], and no
 * boundary behind this one may be one where gradients are not waited for.
 *
 * <p>Source: Nøkland 2016, "Direct Feedback Alignment Provides Learning in Deep Neural Networks", § 2, Eq. (8).
 *
 * @param matrix B_k
 */
public record DirectFeedback(FeedbackMatrix matrix) implements BoundaryRule {

    @Override
    public List<Module> learners() {
        return List.of(matrix);
    }

    @Override
    public boolean isConditioned() {
        return false;
    }
}
