package org.backpropaganda.experiments.page;

import java.util.List;

/**
 * Sentences, a paragraph each.
 *
 * @param heading of a group; empty for none
 * @param sentences in order
 * @param code whether they are commands
 */
public record Words(String heading, List<String> sentences, boolean code) implements Block {}
