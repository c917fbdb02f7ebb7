package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_clip;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_binary;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * The approximate Gaussian error linear unit as {@code x σ(z)}, {@code z = 2 √(2/π) (x + 0.044715 x³)}, σ the logistic
 * function: (1 + tanh(z / 2)) / 2 is σ(z). Without AVX-512 oneDNN 3.11 computes tanh, of whose polynomials it looks up one for
 * each element, four times as slowly as σ.
 */
final class OneDnnGeluTanh {
    private static final float SLOPE = (float) (2 * Math.sqrt(2 / Math.PI));
    private static final float CUBE = (float) (2 * Math.sqrt(2 / Math.PI) * 0.044715);

    /** Of a slice whose intermediates stay in the cache. */
    private static final long SLICE = 1 << 16;

    private static final int[] SQUARE = {DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST};

    private final OneDnn oneDnn;

    OneDnnGeluTanh(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    /** Each begins with a square. */
    private enum Step {
        /** {@code σ(z) x} of x. */
        FORWARD,
        /** {@code s = σ(z)} of x. */
        LOGISTIC,
        /** {@code u = s - s²} of s: σ'(z). */
        DERIVATIVE,
        /** {@code (s + x (z' u)) dy} of x, in which u is 0 where x z' would overflow, and z' is clipped because x² may. */
        GRADIENT
    }

    private record Key(Step step, long elements) {}

    void forward(Tensor x, Tensor y) {
        long at = x.address();
        run(Step.FORWARD, x.elements(), at, at, y.address(), at, at);
    }

    /** dx may be dy itself. */
    void backward(Tensor x, Tensor dy, Tensor dx) {
        long slice = Math.min(SLICE, x.elements());
        try (TensorScope scope = oneDnn.scratch().child()) {
            Tensor s = scope.allocate(Shape.of(slice), DType.FLOAT, MemoryKind.SCRATCH);
            Tensor u = scope.allocate(Shape.of(slice), DType.FLOAT, MemoryKind.SCRATCH);
            for (long from = 0; from < x.elements(); from += slice) {
                long count = Math.min(slice, x.elements() - from);
                long offset = from * Float.BYTES;
                long at = x.address() + offset;
                run(Step.LOGISTIC, count, at, at, s.address(), at);
                run(Step.DERIVATIVE, count, s.address(), s.address(), u.address(), s.address());
                long more = dy.address() + offset;
                run(Step.GRADIENT, count, at, at, dx.address() + offset, u.address(), at, s.address(), more);
            }
        }
    }

    private void run(Step step, long elements, long... addresses) {
        Primitive primitive = oneDnn.acquire(new Key(step, elements), OneDnnGeluTanh::compile);
        try {
            primitive.executeAt(addresses);
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        dnnl_memory_desc flat = builder.strided(new long[] {key.elements}, new long[] {1});
        Chain chain = new Chain(builder.postOps(), flat);
        switch (key.step) {
            case FORWARD -> chain.linear(CUBE, SLOPE).multiply().logistic().multiply();
            case LOGISTIC -> chain.linear(CUBE, SLOPE).multiply().logistic();
            case DERIVATIVE -> chain.linear(-1, 0).add();
            case GRADIENT ->
                chain.linear(3 * CUBE, SLOPE)
                        .clip(0, Float.MAX_VALUE)
                        .multiply()
                        .multiply()
                        .add()
                        .multiply();
        }
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_binary_primitive_desc_create(
                desc, builder.cpu(), dnnl_binary_mul, flat, flat, flat, builder.attributes(chain.ops));
        return builder.compile("gelu", status, desc, chain.arguments());
    }

    /** What follows the square, each operand a further argument. */
    private static final class Chain {
        private final dnnl_post_ops ops;
        private final dnnl_memory_desc flat;
        private final List<Integer> operands = new ArrayList<>();
        private int length;

        Chain(dnnl_post_ops ops, dnnl_memory_desc flat) {
            this.ops = ops;
            this.flat = flat;
        }

        Chain linear(float factor, float shift) {
            return eltwise(dnnl_eltwise_linear, factor, shift);
        }

        Chain clip(float least, float most) {
            return eltwise(dnnl_eltwise_clip, least, most);
        }

        Chain logistic() {
            return eltwise(dnnl_eltwise_logistic, 0, 0);
        }

        private Chain eltwise(int algorithm, float alpha, float beta) {
            Status.check("post-op", dnnl_post_ops_append_eltwise(ops, algorithm, alpha, beta));
            length++;
            return this;
        }

        Chain multiply() {
            return binary(dnnl_binary_mul);
        }

        Chain add() {
            return binary(dnnl_binary_add);
        }

        private Chain binary(int algorithm) {
            Status.check("post-op", dnnl_post_ops_append_binary(ops, algorithm, flat));
            operands.add(DNNL_ARG_ATTR_MULTIPLE_POST_OP_BASE * (length + 1) | DNNL_ARG_SRC_1);
            length++;
            return this;
        }

        int[] arguments() {
            return IntStream.concat(Arrays.stream(SQUARE), operands.stream().mapToInt(Integer::intValue))
                    .toArray();
        }
    }
}
