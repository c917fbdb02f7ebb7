package org.backpropaganda.autograd.kernel.nd4j;

import java.util.List;
import org.backpropaganda.autograd.kernel.RowLoop;
import org.backpropaganda.autograd.kernel.SoftmaxKernel;
import org.backpropaganda.autograd.tensor.Tensor;

final class Nd4jSoftmax implements SoftmaxKernel {
    @Override
    public void forward(Tensor x, Tensor y) {
        long lastAxis = x.shape().rank() - 1L;
        Nd4jOps.run("softmax", List.of(x), y, new long[] {lastAxis});
    }

    @Override
    public void backward(Tensor y, Tensor dy, Tensor dx) {
        RowLoop.run(
                y.elements() / y.shape().dim(-1),
                1,
                0,
                (r, sums) -> {
                    double product = 0;
                    for (int i = 0; i < r[0].length; i++) {
                        product += r[1][i] * r[2][i];
                    }
                    for (int i = 0; i < r[0].length; i++) {
                        r[0][i] = r[1][i] * (r[2][i] - product);
                    }
                },
                dx,
                y,
                dy);
    }
}
