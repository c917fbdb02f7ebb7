package org.backpropaganda.checkpointing.planner;

/**
 * What a plan does with one block.
 *
 * @param block by its path in the model
 * @param technique as a strategy writes it; {@code "store"}, or {@code "again 2..5"} in front of it where the block is in a segment
 *     that is computed again
 * @param heldBytes that it holds from forward to its backward, or to the replay of its segment
 * @param time of its forward, backward and replays
 * @param why in a few words
 */
public record PlanRow(String block, String technique, long heldBytes, long time, String why) {}
