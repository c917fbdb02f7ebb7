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
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_gelu_erf;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_hardswish;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_log;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_pow;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_relu_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_soft_relu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_sqrt_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_swish;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh_use_dst_for_bwd;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;

import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Functions of one element, with derivatives from the output alone or from the input. */
final class OneDnnEltwise implements EltwiseKernel {
    private final OneDnn oneDnn;
    private final OneDnnGeluTanh geluTanh;

    OneDnnEltwise(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
        this.geluTanh = new OneDnnGeluTanh(oneDnn);
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
                case HARDSWISH -> 1f / 6;
                default -> alpha;
            };
        }

        /** The second parameter. */
        float second() {
            return switch (function) {
                case POW -> alpha;
                case HARDSWISH -> 0.5f;
                default -> 0;
            };
        }
    }

    @Override
    public void forward(Function function, double alpha, Tensor x, Tensor y) {
        if (function == Function.SOFTPLUS) {
            // soft_relu of oneDNN 3.11 is off by 2e-6, and negative for arguments below -17.
            HostLoop.map(y, (value, same) -> softplus(alpha * value) / alpha, x, x);
            return;
        }
        if (function == Function.GELU_TANH) {
            geluTanh.forward(x, y);
            return;
        }
        run(new Key(function, (float) alpha, x.elements(), Pass.FORWARD), x, y);
    }

    @Override
    public void backwardFromOutput(Function function, double alpha, Tensor y, Tensor dy, Tensor dx) {
        run(new Key(function, (float) alpha, y.elements(), Pass.FROM_OUTPUT), y, dy, dx);
    }

    @Override
    public void backwardFromInput(Function function, double alpha, Tensor x, Tensor dy, Tensor dx) {
        if (function == Function.GELU_TANH) {
            geluTanh.backward(x, dy, dx);
            return;
        }
        run(new Key(function, (float) alpha, x.elements(), Pass.FROM_INPUT), x, dy, dx);
    }

    private static double softplus(double x) {
        return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
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
            case EXP -> dnnl_eltwise_exp;
            case LOG -> dnnl_eltwise_log;
            case SQRT -> dnnl_eltwise_sqrt_use_dst_for_bwd;
            case ABS -> dnnl_eltwise_abs;
            case POW -> dnnl_eltwise_pow;
            case GELU -> dnnl_eltwise_gelu_erf;
            case GELU_TANH -> throw new IllegalArgumentException("gelu by tanh is no primitive of its own");
            case SILU -> dnnl_eltwise_swish;
            case SOFTPLUS -> dnnl_eltwise_soft_relu;
            case HARDSWISH -> dnnl_eltwise_hardswish;
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
