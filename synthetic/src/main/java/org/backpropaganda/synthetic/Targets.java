package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.graph.SegmentCall;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;

/** What predictors are trained on, of gradients that a part of a prediction was applied to. */
final class Targets {
    private Targets() {}

    /** The gradients as a whole prediction would have made them; they themselves where it was applied whole. */
    static List<Tensor> without(double factor, SegmentCall call, List<Tensor> arrived) {
        if (factor == 1) {
            return arrived;
        }
        return arrived.stream()
                .map(gradient -> {
                    Tensor whole = call.scope().allocate(gradient.shape(), gradient.dtype(), MemoryKind.TEMPORARY);
                    Kernels.of(gradient).eltwise().forward(EltwiseKernel.Function.SCALE, 1 / factor, gradient, whole);
                    return whole;
                })
                .toList();
    }

    /** Closes what {@link #without} made. */
    static void close(List<Tensor> targets, List<Tensor> arrived) {
        if (targets != arrived) {
            targets.forEach(Tensor::close);
        }
    }
}
