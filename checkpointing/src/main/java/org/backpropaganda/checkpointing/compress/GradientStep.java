package org.backpropaganda.checkpointing.compress;

import java.util.Map;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;

/**
 * A forward and backward under a policy, which computes the same each time that the policy does the same: from equal weights,
 * batch and seed, without an update. Running statistics may move where nothing that is differentiated reads them.
 *
 * <pre>{@code
 * GradientStep step = policy -> {
 *     try (TensorScope scope = engine.scope("");
 *             Tape tape = Tape.builder(scope).seed(1).policy(policy).build();
 *             Gradients gradients = tape.backward(loss(tape))) {
 *         return GradientComparison.snapshot(gradients);
 *     }
 * };
 * }</pre>
 */
@FunctionalInterface
public interface GradientStep {
    /** The gradients of the parameters, by path. */
    Map<String, double[]> gradients(SavedTensorPolicy policy);
}
