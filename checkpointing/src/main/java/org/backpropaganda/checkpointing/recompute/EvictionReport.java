package org.backpropaganda.checkpointing.recompute;

/**
 * What eviction did.
 *
 * @param evictions how often a saved tensor was evicted
 * @param evictedBytes bytes that were freed by it, all together
 * @param rematerializations how often an evicted tensor was computed again
 * @param recomputedOps ops that ran for it, those between the tensors among them
 * @param recomputedMultiplyAdds of products of matrices that these ops took
 */
public record EvictionReport(
        long evictions, long evictedBytes, long rematerializations, long recomputedOps, long recomputedMultiplyAdds) {}
