package org.backpropaganda.autograd.kernel.nd4j;

import java.util.List;
import org.backpropaganda.autograd.kernel.SoftmaxKernel;
import org.backpropaganda.autograd.tensor.Tensor;

final class Nd4jSoftmax implements SoftmaxKernel {
    @Override
    public void forward(Tensor x, Tensor y) {
        long lastAxis = x.shape().rank() - 1L;
        Nd4jOps.run("softmax", List.of(x), y, new long[] {lastAxis});
    }
}
