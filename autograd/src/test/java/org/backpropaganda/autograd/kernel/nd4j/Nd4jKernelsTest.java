package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.nd4j.linalg.api.buffer.DataType;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.factory.Nd4j;

class Nd4jKernelsTest {
    @Test
    void computeInDouble() {
        assertThat(Nd4jKernels.create().dtype()).isEqualTo(DType.DOUBLE);
    }

    @Test
    void theTestsNoticeALeak() {
        try (Sandbox box = new Sandbox()) {
            List<INDArray> leaked = new ArrayList<>();
            assertThatThrownBy(() -> box.call(() -> leaked.add(Nd4j.create(DataType.DOUBLE, 3))))
                    .isInstanceOf(AssertionError.class);
            leaked.forEach(INDArray::close);
        }
    }

    @Test
    void giveTheSameBitsWhateverElseRuns() throws Exception {
        try (Sandbox box = new Sandbox()) {
            Tensor x = box.random(4, 32, 32, 16);
            Tensor w = box.random(16, 16, 3, 3);
            double[] alone = chain(box, x, w).call();
            var threads = Executors.newFixedThreadPool(3);
            try {
                List<Future<double[]>> results = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    results.add(threads.submit(chain(box, x, w)));
                }
                for (Future<double[]> result : results) {
                    assertThat(result.get()).isEqualTo(alone);
                }
            } finally {
                threads.shutdown();
            }
        }
    }

    /** Convolution, product with a broadcast operand, softmax and full sum, into tensors of their own. */
    private static Callable<double[]> chain(Sandbox box, Tensor x, Tensor w) {
        Tensor y = box.empty(x.shape());
        Tensor sum = box.empty(1, 1, 1, 1);
        Tensor sums = box.empty(1, 1, 1, 16);
        return () -> {
            box.engine.useThreads();
            box.kernels.convolution().forward(Window.square(3, 1, 1), 1, x, w, null, y);
            box.kernels.reduction().sum(y, sums, false);
            box.kernels.binary().apply(BinaryKernel.Function.MULTIPLY, y, sums, y);
            box.kernels.reduction().sum(y, sum, false);
            box.kernels.softmax().forward(y, y);
            double[] all = new double[(int) y.elements() + 1];
            System.arraycopy(y.toDoubles(), 0, all, 0, all.length - 1);
            all[all.length - 1] = sum.item();
            return all;
        };
    }
}
