package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_abs;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_elu_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_exp;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_pow;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_sqrt_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.FloatCurves;
import org.backpropaganda.autograd.kernel.FloatSlopes;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Functions of one element, with derivatives from the output alone or from the input. */
final class OneDnnEltwise implements EltwiseKernel {
    /** Elements that are still in a cache when they are looked through. */
    private static final long CHUNK = 1 << 19;

    private final OneDnn oneDnn;

    OneDnnEltwise(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private enum Pass {
        FORWARD,
        FROM_OUTPUT,
        FROM_INPUT
    }

    private record Key(Function function, float alpha, long elements, Pass pass) {
        /** The first parameter, as the library numbers them. */
        float first() {
            return switch (function) {
                case POW, SILU -> 1;
                default -> alpha;
            };
        }

        /** The second parameter. */
        float second() {
            return function == Function.POW ? alpha : 0;
        }
    }

    @Override
    public void forward(Function function, double alpha, Tensor x, Tensor y) {
        if (isOwn(function, alpha)) {
            HostLoop.run(size -> new FloatCurves(function, alpha, size), y, x);
            return;
        }
        if (function == Function.POW && (alpha == 0.5 || alpha != (float) alpha)) {
            // oneDNN 3.11 takes the square root, which is NaN at -∞, and exponents as floats, 15 ulp off for 1/3.
            HostLoop.map(y, v -> Math.pow(v, alpha), x);
            return;
        }
        Key key = new Key(function, (float) alpha, x.elements(), Pass.FORWARD);
        switch (function) {
            case EXP -> runMended(Math::exp, key, x, y);
            case SIGMOID -> runMended(v -> 1 / (1 + Math.exp(-v)), key, x, y);
            case SILU -> runMended(v -> v / (1 + Math.exp(-v)), key, x, y);
            default -> run(key, x, y);
        }
    }

    private void runMended(DoubleUnaryOperator f, Key key, Tensor x, Tensor y) {
        if (!x.sharesBytesWith(y)) {
            runMendedApart(f, key, x, y);
            return;
        }
        Tensor copy = oneDnn.scratch().allocate(x.shape(), x.dtype(), MemoryKind.SCRATCH);
        try {
            copy.copyFrom(x);
            runMendedApart(f, key, copy, y);
        } finally {
            copy.close();
        }
    }

    private void runMendedApart(DoubleUnaryOperator f, Key key, Tensor x, Tensor y) {
        for (long from = 0; from < key.elements; from += CHUNK) {
            long count = Math.min(CHUNK, key.elements - from);
            long offset = from * Float.BYTES;
            Primitive primitive =
                    oneDnn.acquire(new Key(key.function, key.alpha, count, key.pass), OneDnnEltwise::compile);
            try {
                primitive.executeAt(x.address() + offset, y.address() + offset);
            } finally {
                primitive.release();
            }
            MendedTail.mend(f, x, y, from, count);
        }
    }

    /** What oneDNN 3.11 computes with large errors, or loses NaN through. */
    private static boolean isOwn(Function function, double alpha) {
        return switch (function) {
            case LEAKY_RELU -> alpha == 0;
            case TANH, SCALE, SQRT, ABS, POW, EXP, SIGMOID, SILU -> false;
            case ELU, LOG, GELU, GELU_TANH, SOFTPLUS, HARDSWISH -> true;
        };
    }

    @Override
    public void backwardFromOutput(Function function, double alpha, Tensor y, Tensor dy, Tensor dx) {
        if (function == Function.TANH || function == Function.ELU) {
            HostLoop.run(size -> new FloatSlopes(function, alpha, size), dx, y, dy);
            return;
        }
        run(new Key(function, (float) alpha, y.elements(), Pass.FROM_OUTPUT), y, dy, dx);
    }

    @Override
    public void backwardFromInput(Function function, double alpha, Tensor x, Tensor dy, Tensor dx) {
        if (function == Function.POW) {
            HostLoop.map(dx, powerSlope(alpha), x, dy);
            return;
        }
        HostLoop.run(size -> new FloatSlopes(function, alpha, size), dx, x, dy);
    }

    /** {@code dy alpha x^(alpha - 1)}, in double, of which oneDNN 3.11 makes x^alpha / x. */
    private static DoubleBinaryOperator powerSlope(double alpha) {
        if (alpha == 0) {
            return (x, dy) -> 0 * dy;
        }
        if (alpha == 2) {
            return (x, dy) -> 2 * x * dy;
        }
        return (x, dy) -> alpha * Math.pow(x, alpha - 1) * dy;
    }

    private void run(Key key, Tensor... arguments) {
        Primitive primitive = oneDnn.acquire(key, OneDnnEltwise::compile);
        try {
            primitive.execute(arguments);
        } finally {
            primitive.release();
        }
    }

    private static int algorithm(Key key) {
        return switch (key.function) {
            case LEAKY_RELU -> key.pass == Pass.FROM_OUTPUT ? dnnl_eltwise_relu_use_dst_for_bwd : dnnl_eltwise_relu;
            case ELU -> dnnl_eltwise_elu_use_dst_for_bwd;
            case SIGMOID -> dnnl_eltwise_logistic_use_dst_for_bwd;
            case TANH -> dnnl_eltwise_tanh_use_dst_for_bwd;
            case SCALE -> dnnl_eltwise_linear;
            case SQRT -> dnnl_eltwise_sqrt_use_dst_for_bwd;
            case ABS -> dnnl_eltwise_abs;
            case POW -> dnnl_eltwise_pow;
            case EXP -> dnnl_eltwise_exp;
            case SILU -> dnnl_eltwise_swish;
            case LOG, GELU, GELU_TANH, SOFTPLUS, HARDSWISH ->
                throw new IllegalArgumentException(key.function + " is computed elsewhere");
        };
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        dnnl_memory_desc flat = builder.strided(new long[] {key.elements}, new long[] {1});
        dnnl_primitive_desc forward = new dnnl_primitive_desc();
        int status = dnnl_eltwise_forward_primitive_desc_create(
                forward,
                builder.cpu(),
                dnnl_forward_training,
                algorithm(key),
                flat,
                flat,
                key.first(),
                key.second(),
                builder.attributes(false));
        if (key.pass == Pass.FORWARD) {
            return builder.compile("eltwise", status, forward, DNNL_ARG_SRC, DNNL_ARG_DST);
        }
        builder.hint("eltwise", status, forward);
        dnnl_primitive_desc backward = new dnnl_primitive_desc();
        status = dnnl_eltwise_backward_primitive_desc_create(
                backward,
                builder.cpu(),
                algorithm(key),
                flat,
                flat,
                flat,
                key.first(),
                key.second(),
                forward,
                builder.attributes(false));
        int read = key.pass == Pass.FROM_OUTPUT ? DNNL_ARG_DST : DNNL_ARG_SRC;
        return builder.compile("eltwise backward", status, backward, read, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC);
    }
}
