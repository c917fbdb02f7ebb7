package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.backpropaganda.autograd.kernel.MatmulKernel;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;

class Nd4jMatmulTest {
    @Property(tries = 150)
    void isTheSumOfProducts(
            @ForAll @IntRange(min = 1, max = 40) int m,
            @ForAll @IntRange(min = 1, max = 40) int n,
            @ForAll @IntRange(min = 1, max = 40) int k,
            @ForAll boolean transposeA,
            @ForAll boolean transposeB,
            @ForAll boolean withBias,
            @ForAll boolean accumulate) {
        try (Sandbox box = new Sandbox()) {
            Tensor a = transposeA ? box.random(k, m) : box.random(m, k);
            Tensor b = transposeB ? box.random(n, k) : box.random(k, n);
            Tensor bias = withBias && !accumulate ? box.random(n) : null;
            Tensor out = accumulate ? box.random(m, n) : box.empty(m, n);
            double[] expected = accumulate ? out.toDoubles() : new double[m * n];
            double[] av = a.toDoubles();
            double[] bv = b.toDoubles();
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    expected[i * n + j] += bias == null ? 0 : bias.toDoubles()[j];
                    for (int l = 0; l < k; l++) {
                        expected[i * n + j] +=
                                av[transposeA ? l * m + i : i * k + l] * bv[transposeB ? j * k + l : l * n + j];
                    }
                }
            }
            box.call(() -> box.kernels.matmul().matmul(a, transposeA, b, transposeB, bias, out, accumulate));
            Sandbox.assertClose(out, expected);
        }
    }

    @Property(tries = 100)
    void finishesWithAFunction(
            @ForAll @IntRange(min = 1, max = 12) int m,
            @ForAll @IntRange(min = 1, max = 12) int n,
            @ForAll @IntRange(min = 1, max = 12) int k,
            @ForAll MatmulKernel.Finish finish,
            @ForAll boolean withBias,
            @ForAll boolean accumulate) {
        try (Sandbox box = new Sandbox()) {
            Tensor a = box.random(m + 1, k);
            Tensor b = box.random(n, k);
            Tensor bias = box.random(n + 3);
            Tensor out = box.random(m, n + 2);
            double[] expected = out.toDoubles();
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    int at = i * (n + 2) + 1 + j;
                    double sum = (accumulate ? expected[at] : 0) + (withBias ? bias.toDoubles()[3 + j] : 0);
                    for (int l = 0; l < k; l++) {
                        sum += a.toDoubles()[(i + 1) * k + l] * b.toDoubles()[j * k + l];
                    }
                    expected[at] = switch (finish) {
                        case NONE -> sum;
                        case SIGMOID -> 1 / (1 + Math.exp(-sum));
                        case TANH -> Math.tanh(sum);
                        case RELU -> Math.max(sum, 0);
                    };
                }
            }
            MatrixStack shift = withBias ? MatrixStack.matrix(bias, 3, 1, n) : null;
            box.call(() -> box.kernels
                    .matmul()
                    .affine(
                            MatrixStack.of(a).rows(1, m),
                            MatrixStack.of(b).transposed(),
                            shift,
                            finish,
                            MatrixStack.of(out).columns(1, n),
                            accumulate));
            Sandbox.assertClose(out, expected);
        }
    }

    @Test
    void repeatsBitForBit() {
        try (Sandbox box = new Sandbox()) {
            Tensor a = box.random(301, 203);
            Tensor b = box.random(203, 97);
            Tensor first = box.empty(301, 97);
            Tensor second = box.empty(301, 97);
            box.call(() -> box.kernels.matmul().matmul(a, false, b, false, null, first, false));
            box.call(() -> box.kernels.matmul().matmul(a, false, b, false, null, second, false));
            assertThat(second.toDoubles()).isEqualTo(first.toDoubles());
        }
    }
}
