package org.backpropaganda.experiments.page;

import java.util.List;

/**
 * A part of a {@link ReportPage} with a heading.
 *
 * @param id in the page's address: lower-case letters, digits and dashes
 * @param title the heading
 * @param about what it shows and how it is read, in a sentence or two
 * @param blocks in order
 */
public record Section(String id, String title, String about, List<Block> blocks) {
    /** Checks the id. */
    public Section {
        if (!id.matches("[a-z][a-z0-9-]*")) {
            throw new IllegalArgumentException(
                    "section '" + id + "': an id is of lower-case letters, digits and dashes, a letter first");
        }
    }
}
