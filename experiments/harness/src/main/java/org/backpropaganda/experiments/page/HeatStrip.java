package org.backpropaganda.experiments.page;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Errors as colours on a logarithmic scale, a strip a row.
 *
 * @param title what it shows
 * @param columns of every strip
 * @param strips one below the other
 */
public record HeatStrip(String title, List<String> columns, List<Strip> strips) implements Block {

    /**
     * A row.
     *
     * @param name in front of it
     * @param values of as many columns; 0 for exact, null for not finite
     */
    public record Strip(String name, List<@Nullable Double> values) {}
}
