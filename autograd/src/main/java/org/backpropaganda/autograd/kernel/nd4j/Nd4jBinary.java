package org.backpropaganda.autograd.kernel.nd4j;

import java.util.List;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Extremes;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

final class Nd4jBinary implements BinaryKernel {
    private static final long[] NO_INTEGERS = {};

    @Override
    public void apply(Function function, Tensor a, Tensor b, Tensor out) {
        if (function == Function.MAXIMUM) {
            Extremes.maximum(a, b, out);
            return;
        }
        if (function == Function.MINIMUM) {
            Extremes.minimum(a, b, out);
            return;
        }
        String op = switch (function) {
            case ADD -> "add";
            case SUBTRACT -> "subtract";
            case MULTIPLY -> "multiply";
            case DIVIDE -> "divide";
            case MAXIMUM, MINIMUM -> throw new IllegalArgumentException(function + " is computed elsewhere");
        };
        // Equal ranks of at least 1: ND4J makes scalars of its own out of arrays without axes.
        int rank = Math.max(1, out.shape().rank());
        try (TensorScope views = out.engine().scope("kernels")) {
            Tensor left = views.view(a, a.shape().padded(rank));
            Tensor right = views.view(b, b.shape().padded(rank));
            Tensor result = views.view(out, out.shape().padded(rank));
            Nd4jOps.run(op, List.of(left, right), result, NO_INTEGERS);
        }
    }
}
