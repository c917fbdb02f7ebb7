package org.backpropaganda.experiments.page;

import java.util.List;

/**
 * Who was alive at the peak, as a treemap of one strategy at a time.
 *
 * @param title what it shows
 * @param peaks of each strategy
 */
public record Holders(String title, List<OfPeak> peaks) implements Block {

    /**
     * Those of one strategy.
     *
     * @param name of the strategy
     * @param bytes of all
     * @param holders largest first; their bytes add up
     */
    public record OfPeak(String name, long bytes, List<Holder> holders) {}

    /**
     * One of them.
     *
     * @param path of the module
     * @param kind of the bytes
     * @param op that made them; empty where none did
     * @param words what they are
     * @param count of tensors
     * @param bytes of all of them
     */
    public record Holder(String path, String kind, String op, String words, int count, long bytes) {}
}
