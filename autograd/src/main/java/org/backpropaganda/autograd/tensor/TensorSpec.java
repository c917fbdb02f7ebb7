package org.backpropaganda.autograd.tensor;

/** What is known of a tensor before it exists. */
public record TensorSpec(Shape shape, DType dtype) {

    /** Payload bytes: what the ledger counts. */
    public long bytes() {
        return dtype.bytes(shape.elements());
    }

    /** Another shape with this element type. */
    public TensorSpec with(Shape other) {
        return new TensorSpec(other, dtype);
    }

    @Override
    public String toString() {
        return dtype + shape.toString();
    }
}
