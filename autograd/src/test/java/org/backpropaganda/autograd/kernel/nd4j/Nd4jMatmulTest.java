package org.backpropaganda.autograd.kernel.nd4j;

import static org.assertj.core.api.Assertions.assertThat;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
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
