package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.SplittableRandom;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** An engine computes with its own thread count, whatever other engines do on the same thread. */
class ThreadCountTest {
    private static final Window WINDOW = Window.square(3, 1, 1);

    private static Tensor drawn(TensorScope scope, long seed, long... sizes) {
        SplittableRandom random = new SplittableRandom(seed);
        return scope.allocate(Shape.of(sizes), DType.FLOAT).fill(() -> random.nextDouble(-1, 1));
    }

    /** The gradient of weights: a sum over many rows, whose bits tell how it was split. */
    private static double[] gradient(Engine engine) {
        try (TensorScope scope = engine.scope("")) {
            Tensor x = drawn(scope, 1, 16, 16, 16, 16);
            Tensor dy = drawn(scope, 2, 16, 16, 16, 16);
            Tensor dw = drawn(scope, 3, 16, 16, 3, 3);
            Kernels.of(x).convolution().backwardWeights(WINDOW, 1, x, dy, dw, false);
            return dw.toDoubles();
        }
    }

    @Test
    void anotherEngineChangesNoBit() {
        try (Engine one = Engine.builder().threads(1).build()) {
            double[] alone = gradient(one);
            try (Engine two = Engine.builder().threads(2).build()) {
                assertThat(gradient(one)).containsExactly(alone);
                double[] onTwo = gradient(two);
                assertThat(onTwo).as("the sum, split for another thread count").isNotEqualTo(alone);
                assertThat(gradient(one)).containsExactly(alone);
                assertThat(gradient(two)).containsExactly(onTwo);
            }
        }
    }

    @Test
    void countsBeyondReasonAreRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Engine.builder().threads(Engine.MOST_THREADS + 1))
                .withMessageContaining("[1, 1024]");
    }
}
