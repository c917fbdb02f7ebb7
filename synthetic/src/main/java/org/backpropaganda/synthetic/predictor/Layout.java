package org.backpropaganda.synthetic.predictor;

import java.util.List;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** What a boundary is: the channels stand last. */
enum Layout {
    ROWS("[B, C]", 2),
    SEQUENCES("[B, T, C]", 3),
    IMAGES("[B, H, W, C]", 4);

    /** What a linear map of the last axis takes. */
    static final List<Layout> OF_VECTORS = List.of(ROWS, SEQUENCES);

    private final String shape;
    private final int rank;

    Layout(String shape, int rank) {
        this.shape = shape;
        this.rank = rank;
    }

    /** Refuses a boundary that a predictor was not made for. */
    static void require(String predictor, List<Layout> layouts, long channels, TensorSpec h) {
        List<Layout> ofRank = layouts.stream()
                .filter(layout -> layout.rank == h.shape().rank())
                .toList();
        if (ofRank.isEmpty() || h.shape().dim(-1) != channels) {
            String names = (ofRank.isEmpty() ? layouts : ofRank)
                    .stream().map(layout -> layout.shape).collect(Collectors.joining(" or "));
            throw new ShapeException(
                    predictor + ": the boundary is " + h + ", made for " + names + " with " + channels + " channels");
        }
    }

    /**
     * The sizes that vectors of labels have to have, to be added to something of as many positions as a boundary.
     *
     * @param labels [B], or as many as there are positions
     * @param width of the vectors
     */
    static long[] vectorSizes(String predictor, Shape boundary, TensorSpec labels, long width) {
        long[] sizes = boundary.toArray();
        sizes[sizes.length - 1] = width;
        boolean onePerPosition = labels.shape().rank() == boundary.rank() - 1;
        for (int i = 0; i < sizes.length - 1; i++) {
            if (i > 0 && !onePerPosition) {
                sizes[i] = 1;
            } else if (i >= labels.shape().rank() || labels.shape().dim(i) != sizes[i]) {
                throw unlike(predictor, boundary, labels);
            }
        }
        if (!onePerPosition && labels.shape().rank() != 1) {
            throw unlike(predictor, boundary, labels);
        }
        return sizes;
    }

    private static ShapeException unlike(String predictor, Shape boundary, TensorSpec labels) {
        return new ShapeException(predictor + ": labels " + labels + " for a boundary " + boundary
                + "; give one label an example, or one a position");
    }
}
