package org.backpropaganda.experiments.page;

import java.util.List;

/**
 * A few figures that a reader sees first.
 *
 * @param tiles from left to right
 */
public record Tiles(List<Tile> tiles) implements Block {

    /**
     * One figure.
     *
     * @param label what it is
     * @param value a number, or words
     * @param format of the number
     * @param note below it; may be empty
     */
    public record Tile(String label, Object value, Format format, String note) {}
}
