package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.Tensor;

/** Sums over axes. */
@Internal
public interface ReductionKernel {

    /**
     * {@code out = sum(x)} or {@code out += sum(x)} over every axis where out has size 1 and x has not.
     *
     * @param x any shape. Not modified
     * @param out the rank of x; each size is that of x or 1. Modified
     */
    void sum(Tensor x, Tensor out, boolean accumulate);
}
