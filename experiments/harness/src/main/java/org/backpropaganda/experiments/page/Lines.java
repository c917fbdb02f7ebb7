package org.backpropaganda.experiments.page;

import java.util.List;

/**
 * A chart of curves, which can be zoomed.
 *
 * @param title what it shows
 * @param x to the right
 * @param y upwards
 * @param curves in the order of the legend
 */
public record Lines(String title, Axis x, Axis y, List<Curve> curves) implements Block {}
