package org.backpropaganda.autograd.tensor;

/** A wrong shape, axis or dtype. The message says what was asked and what came. */
public final class ShapeException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    public ShapeException(String message) {
        super(message);
    }
}
