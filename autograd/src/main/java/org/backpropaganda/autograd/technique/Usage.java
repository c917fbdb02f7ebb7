package org.backpropaganda.autograd.technique;

/**
 * One way to write a technique, for help.
 *
 * @param term as a strategy has it, with capitals for what is to be put in: {@code "checkpoint:every=K"}
 * @param meaning what it does, as a clause: {@code "keeps the input of every K-th block"}
 */
public record Usage(String term, String meaning) {

    /** The way to write a technique that takes no argument, or can do without one. */
    public static Usage of(Technique technique, String meaning) {
        return new Usage(technique.name(), meaning);
    }
}
