package org.backpropaganda.autograd.kernel.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OneDnnConvolutionTest {
    private static final long MIB = 1 << 20;

    /** Images of 1/4 MiB: whole slices, a rest, a single slice, and images that are larger than a slice each. */
    @ParameterizedTest
    @ValueSource(strings = {"8,64,64,16", "13,64,64,16", "3,64,64,16", "5,256,256,8"})
    void addsTheGradientOfTheInputWithoutATensorOfItsSize(String sizes) {
        String[] dims = sizes.split(",", -1);
        Shape x = Shape.of(
                Long.parseLong(dims[0]), Long.parseLong(dims[1]), Long.parseLong(dims[2]), Long.parseLong(dims[3]));
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("")) {
            Window window = Window.square(3, 1, 1);
            Tensor dy = random(scope, x.with(-1, 8), 1);
            Tensor w = random(scope, Shape.of(8, x.dim(3), 3, 3), 2);
            Tensor once = scope.allocate(x, DType.FLOAT);
            Tensor added = random(scope, x, 3);
            double[] before = added.toDoubles();
            Kernels kernels = Kernels.of(dy);
            kernels.convolution().backwardData(window, 1, dy, w, once, false);
            engine.resetPeaks();
            kernels.convolution().backwardData(window, 1, dy, w, added, true);
            long slice = Math.max(MIB, 2 * x.elements() / x.dim(0) * Float.BYTES);
            assertThat(engine.ledger().peakBytes(MemoryKind.SCRATCH)).isLessThan(slice + MIB / 4);
            double[] gradient = once.toDoubles();
            double[] sum = added.toDoubles();
            for (int i = 0; i < sum.length; i++) {
                assertThat(sum[i]).isCloseTo(before[i] + gradient[i], within(2e-5));
            }
        }
    }

    private static Tensor random(TensorScope scope, Shape shape, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        return scope.allocate(shape, DType.FLOAT).fill(() -> random.nextDouble(-1, 1));
    }
}
