package org.backpropaganda.autograd.kernel.nd4j;

import java.util.List;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.ReductionKernel;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

final class Nd4jReduction implements ReductionKernel {
    private final BinaryKernel binary;

    Nd4jReduction(BinaryKernel binary) {
        this.binary = binary;
    }

    @Override
    public void sum(Tensor x, Tensor out, boolean accumulate) {
        long[] axes = LongStream.range(0, x.shape().rank())
                .filter(axis -> x.shape().dim((int) axis) != out.shape().dim((int) axis))
                .toArray();
        // ND4J takes an empty list of axes for all of them.
        if (axes.length == 0) {
            if (accumulate) {
                add(out, x);
            } else {
                out.copyFrom(x);
            }
        } else if (accumulate) {
            try (TensorScope scratch = out.engine().scope("kernels")) {
                Tensor sum = scratch.allocate(out.shape(), DType.DOUBLE, MemoryKind.SCRATCH);
                sum(x, axes, sum);
                add(out, sum);
            }
        } else {
            sum(x, axes, out);
        }
    }

    private void add(Tensor out, Tensor more) {
        if (out.hasValues()) {
            binary.apply(BinaryKernel.Function.ADD, out, more, out);
        }
    }

    private static void sum(Tensor x, long[] axes, Tensor out) {
        if (!out.hasValues()) {
            return;
        }
        boolean keepAxes = true;
        Nd4jOps.run("reduce_sum", List.of(x), out, axes, keepAxes);
    }
}
