package org.backpropaganda.experiments.page;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A table, whose first column names the rows.
 *
 * @param caption what it shows
 * @param columns from left to right
 * @param rows of as many cells: figures, words, or null for what is not there
 */
public record Table(String caption, List<Column> columns, List<List<@Nullable Object>> rows) implements Block {
    /** Checks the rows. */
    public Table {
        for (List<@Nullable Object> row : rows) {
            if (row.size() != columns.size()) {
                throw new IllegalArgumentException("table '" + caption + "': a row of " + row.size() + " cells under "
                        + columns.size() + " columns");
            }
        }
    }

    /** A row of cells. */
    public static List<@Nullable Object> row(@Nullable Object... cells) {
        return Collections.unmodifiableList(Arrays.asList(cells));
    }
}
