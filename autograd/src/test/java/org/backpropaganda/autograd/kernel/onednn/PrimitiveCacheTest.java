package org.backpropaganda.autograd.kernel.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.MultiHeadAttention;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.bytedeco.dnnl.global.dnnl;
import org.junit.jupiter.api.Test;

class PrimitiveCacheTest {
    private static final long PRODUCT = PrimitiveKind.MATMUL.bytes();

    /** A product of ones: each element of the result is {@code k}. */
    private static void multiply(Engine engine, long m, long k) {
        try (TensorScope scope = engine.scope("product")) {
            Tensor a = scope.allocate(Shape.of(m, k), DType.FLOAT).fill(1);
            Tensor b = scope.allocate(Shape.of(k, 3), DType.FLOAT).fill(1);
            Tensor c = scope.allocate(Shape.of(m, 3), DType.FLOAT);
            Kernels.of(a).matmul().matmul(a, false, b, false, null, c, false);
            if (c.hasValues()) {
                assertThat(c.toDoubles()).containsOnly((double) k);
            }
        }
    }

    @Test
    void whatIsKeptIsCounted() {
        try (Engine engine = Engine.builder().threads(1).build()) {
            assertThat(engine.primitiveBytes()).isZero();
            multiply(engine, 2, 5);
            assertThat(engine.primitiveBytes()).isEqualTo(PRODUCT);
            multiply(engine, 2, 5);
            assertThat(engine.primitiveBytes()).isEqualTo(PRODUCT);
            multiply(engine, 3, 5);
            assertThat(engine.primitiveBytes()).isEqualTo(2 * PRODUCT);
        }
    }

    @Test
    void theLeastRecentlyUsedGoes() {
        try (Engine engine =
                Engine.builder().threads(1).primitiveBudgetBytes(2 * PRODUCT).build()) {
            OneDnn oneDnn = new OneDnn(engine);
            Primitive first = uses(oneDnn, 1);
            Primitive second = uses(oneDnn, 2);
            assertThat(uses(oneDnn, 1)).isSameAs(first);
            uses(oneDnn, 3);
            assertThat(oneDnn.primitiveBytes()).isEqualTo(2 * PRODUCT);
            assertThat(uses(oneDnn, 1)).isSameAs(first);
            assertThat(uses(oneDnn, 2)).isNotSameAs(second);
            assertThat(oneDnn.primitiveBytes()).isEqualTo(2 * PRODUCT);
            oneDnn.close();
            assertThat(oneDnn.primitiveBytes()).isZero();
        }
    }

    private static Primitive uses(OneDnn oneDnn, long size) {
        Primitive primitive = oneDnn.acquire(size, PrimitiveCacheTest::describe);
        primitive.release();
        return primitive;
    }

    private static Primitive describe(PrimitiveBuilder builder, Long size) {
        var matrix = builder.strided(new long[] {size, size}, new long[] {size, 1});
        var desc = new org.bytedeco.dnnl.dnnl_primitive_desc();
        int status = dnnl.dnnl_matmul_primitive_desc_create(
                desc, builder.cpu(), matrix, matrix, null, matrix, builder.attributes(false));
        return builder.compile("product", status, desc, dnnl.DNNL_ARG_SRC, dnnl.DNNL_ARG_WEIGHTS, dnnl.DNNL_ARG_DST);
    }

    /** A block meets a batch of another shape in every step: what is kept stays within the default bound. */
    @Test
    void manyShapesStayWithinTheBound() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("model")) {
            MultiHeadAttention block = new MultiHeadAttention(new ParameterFactory(scope, DType.FLOAT, 1), 8, 2, true);
            assertThat(engine.primitiveBudgetBytes()).isEqualTo(64L << 20);
            long most = 0;
            for (int shape = 0; shape < 60; shape++) {
                try (TensorScope step = engine.scope("step");
                        Tape tape = Tape.training(step, 1)) {
                    Shape batch = Shape.of(1 + shape % 5, 2 + shape / 5, 8);
                    Variable x = tape.leaf(step.allocate(batch, DType.FLOAT).fill(0.5));
                    tape.backward(Mean.mean(block.call(x), 0, 1, 2));
                }
                assertThat(engine.primitiveBytes()).isLessThanOrEqualTo(engine.primitiveBudgetBytes());
                most = Math.max(most, engine.primitiveBytes());
            }
            assertThat(most).isGreaterThan(engine.primitiveBudgetBytes() - PRODUCT);
        }
    }

    /** With room for one primitive only, nearly each use evicts what another thread is running. */
    @Test
    void whatAThreadRunsIsNotFreedUnderIt() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (Engine engine = Engine.builder().threads(1).primitiveBudgetBytes(0).build()) {
            List<Future<?>> futures = new ArrayList<>();
            for (int t = 0; t < 4; t++) {
                int number = t;
                futures.add(threads.submit(() -> {
                    for (int i = 0; i < 150; i++) {
                        multiply(engine, 100 + number % 2, 20 + i % 3);
                    }
                }));
            }
            for (Future<?> future : futures) {
                future.get();
            }
            assertThat(engine.primitiveBytes()).isEqualTo(PRODUCT);
        } finally {
            threads.shutdown();
        }
    }

    /** The library's own cache would keep what ours lets go. */
    @Test
    void theCacheOfTheLibraryIsOff() {
        try (Engine engine = Engine.builder().threads(1).build()) {
            multiply(engine, 2, 5);
            int[] capacity = {-1};
            assertThat(dnnl.dnnl_get_primitive_cache_capacity(capacity)).isEqualTo(dnnl.dnnl_success);
            assertThat(capacity[0]).isZero();
        }
    }

    /** It compiles nothing, but keeps descriptions, and keeps them within the same bound. */
    @Test
    void anEngineWithoutMemoryCountsWhatItDescribesAsIfItWereCompiled() {
        try (Engine shapes = Engine.withoutMemory();
                Engine computes = Engine.builder().threads(1).build()) {
            multiply(shapes, 2, 5);
            multiply(computes, 2, 5);
            assertThat(shapes.primitiveBytes())
                    .isEqualTo(computes.primitiveBytes())
                    .isPositive();
        }
    }

    @Test
    void aNegativeBoundIsRefused() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> Engine.builder().primitiveBudgetBytes(-1))
                .withMessage("primitive budget: -1 bytes is below 0");
    }
}
