package org.backpropaganda.checkpointing.recompute;

import java.util.Map;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.technique.Savings;

/**
 * What a technique that computes again makes of saved tensors, and its figures.
 *
 * @param policy what is computed again, uncounted
 * @param count of what was
 */
record RecomputeSavings(RecomputePolicy policy, RecomputeCount count) implements Savings {

    /** Counts from zero. */
    static Savings of(RecomputePolicy policy) {
        return new RecomputeSavings(policy, new RecomputeCount());
    }

    @Override
    public SavedTensorPolicy before(SavedTensorPolicy rest) {
        return policy.countedBy(count).otherwise(rest);
    }

    @Override
    public Map<String, Object> figures() {
        return Map.of(
                "recomputedTensors", count.tensors(),
                "recomputedBytes", count.bytesNotKept(),
                "recomputedOps", count.ops(),
                "recomputedMultiplyAdds", count.multiplyAdds());
    }
}
