package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/** Copies between strided regions of two tensors: transposes, slices, concatenation. */
@Internal
public interface CopyKernel {

    /**
     * {@code destination[region] = source[region]}, or {@code +=}.
     *
     * @param shape the extent of both regions
     * @param sourceOffset,destinationOffset of the first element, in elements
     * @param sourceStrides,destinationStrides one an axis of {@code shape}, in elements, positive or zero in the source
     */
    void copy(
            Shape shape,
            Tensor source,
            long sourceOffset,
            long[] sourceStrides,
            Tensor destination,
            long destinationOffset,
            long[] destinationStrides,
            boolean accumulate);
}
