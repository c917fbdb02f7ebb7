package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.Variable;

/**
 * Mean absolute difference, composed of {@link Subtract}, {@link Abs} and {@link Mean}.
 *
 * <pre>
 * y     = Σ |a − b| / n, n the number of elements
 * shape : a [*], b [*] → y []
 * saves : the signs of a − b, two bits an element
 * vjp   : da += dy sign(a − b) / n; db −= the same; sign(0) = 0
 * </pre>
 */
public final class L1Loss {
    private L1Loss() {}

    /** Mean absolute difference. */
    public static Variable l1Loss(Variable prediction, Variable target) {
        Checks.require(
                prediction.shape().equals(target.shape()),
                "l1Loss",
                "shapes differ: " + prediction.shape() + " and " + target.shape());
        Variable difference = Subtract.subtract(prediction, target);
        Variable distance = Abs.abs(difference);
        difference.release();
        Variable loss = Mean.mean(distance);
        distance.release();
        return loss;
    }
}
