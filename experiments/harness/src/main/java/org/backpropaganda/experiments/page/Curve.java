package org.backpropaganda.experiments.page;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A curve of {@link Lines}.
 *
 * @param name in the legend
 * @param style how it is drawn
 * @param x rising
 * @param y as many; null for a gap
 */
public record Curve(String name, Style style, List<? extends Number> x, List<? extends @Nullable Number> y) {
    /** How a curve is drawn. */
    public enum Style {
        /** Point to point. */
        LINE,
        /** Level up to the next point. */
        STEP,
        /** Points alone. */
        POINTS,
        /** The one point that the reader looks for. */
        HERE
    }

    /** Checks the lengths. */
    public Curve {
        if (x.size() != y.size()) {
            throw new IllegalArgumentException(
                    "curve '" + name + "': " + x.size() + " places and " + y.size() + " values");
        }
    }
}
