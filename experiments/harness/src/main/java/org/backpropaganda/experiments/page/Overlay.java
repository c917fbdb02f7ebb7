package org.backpropaganda.experiments.page;

import java.util.List;

/**
 * Any two of the page's {@link Stacks} on one axis, with the difference of their peaks.
 *
 * @param title what it shows
 * @param from,to those that are shown first
 * @param pairs the differences, attributed; may be empty
 */
public record Overlay(String title, String from, String to, List<Pair> pairs) implements Block {

    /**
     * The difference of two peaks.
     *
     * @param from what is compared with
     * @param to what is compared
     * @param bytes of the latter's peak, less the former's
     * @param sentence all of it in words
     * @param parts that add up to it
     */
    public record Pair(String from, String to, long bytes, String sentence, List<Part> parts) {}

    /**
     * A part of a difference.
     *
     * @param kind of the bytes
     * @param what they are
     * @param fate what became of them; may be empty
     * @param count of tensors, more or fewer
     * @param bytes more or fewer
     */
    public record Part(String kind, String what, String fate, int count, long bytes) {}
}
