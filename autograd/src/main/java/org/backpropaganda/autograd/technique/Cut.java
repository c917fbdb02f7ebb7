package org.backpropaganda.autograd.technique;

import java.util.function.IntToLongFunction;

/**
 * What passes between two blocks of a run as one tensor, where a model may be cut.
 *
 * @param rank of the tensor: 2 for rows [B, C], 4 for images [B, H, W, C], 3 for sequences
 * @param channels C of the tensor in front of a block, by the block's number
 * @param classes of the labels
 * @param closing what stands behind the blocks in front of the cut, to make one tensor of their results
 * @param opening what stands in front of the blocks behind the cut, to make their inputs of one tensor
 */
public record Cut(int rank, IntToLongFunction channels, int classes, Chain closing, Chain opening) {

    /** Between blocks that take and return one tensor. */
    public Cut(int rank, IntToLongFunction channels, int classes) {
        this(rank, channels, classes, Chain.empty(), Chain.empty());
    }
}
