package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_MEAN;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCALE;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SHIFT;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_VARIANCE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_backward;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_layer_normalization_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_scale;
import static org.bytedeco.dnnl.global.dnnl.dnnl_use_shift;

import org.backpropaganda.autograd.kernel.LayerNormKernel;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/** Layer normalisation; every shape is seen as [rows, columns]. */
final class OneDnnLayerNorm implements LayerNormKernel {
    private static final int AFFINE = dnnl_use_scale | dnnl_use_shift;

    private final OneDnn oneDnn;

    OneDnnLayerNorm(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private record Key(boolean backward, long rows, long columns, float epsilon) {}

    @Override
    public void forward(Tensor x, Tensor gamma, Tensor beta, double epsilon, Tensor y, Tensor mean, Tensor variance) {
        run(key(false, x, gamma, epsilon), x, gamma, beta, y, mean, variance);
    }

    @Override
    public void backward(
            Tensor x,
            Tensor mean,
            Tensor variance,
            Tensor gamma,
            double epsilon,
            Tensor dy,
            Tensor dx,
            @Nullable Tensor dGamma,
            @Nullable Tensor dBeta) {
        Key key = key(true, x, gamma, epsilon);
        if (dGamma != null && dBeta != null) {
            run(key, x, mean, variance, gamma, dy, dx, dGamma, dBeta);
            return;
        }
        // The kernel computes the gradients of scale and shift in any case.
        try (TensorScope unused = oneDnn.scratch().child()) {
            Shape columns = Shape.of(key.columns);
            Tensor scale = unused.allocate(columns, DType.FLOAT, MemoryKind.SCRATCH);
            Tensor shift = unused.allocate(columns, DType.FLOAT, MemoryKind.SCRATCH);
            run(key, x, mean, variance, gamma, dy, dx, scale, shift);
        }
    }

    private static Key key(boolean backward, Tensor x, Tensor gamma, double epsilon) {
        long columns = gamma.elements();
        return new Key(backward, x.elements() / columns, columns, (float) epsilon);
    }

    private void run(Key key, Tensor... arguments) {
        Primitive primitive = oneDnn.acquire(key, OneDnnLayerNorm::compile);
        try {
            primitive.execute(arguments);
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        dnnl_memory_desc x = builder.dense(Shape.of(key.rows, key.columns));
        dnnl_memory_desc statistics = builder.dense(Shape.of(key.rows));
        dnnl_primitive_desc forward = new dnnl_primitive_desc();
        int status = dnnl_layer_normalization_forward_primitive_desc_create(
                forward,
                builder.cpu(),
                dnnl_forward_training,
                x,
                x,
                statistics,
                key.epsilon,
                AFFINE,
                builder.attributes(false));
        if (!key.backward) {
            return builder.compile(
                    "layer norm",
                    status,
                    forward,
                    DNNL_ARG_SRC,
                    DNNL_ARG_SCALE,
                    DNNL_ARG_SHIFT,
                    DNNL_ARG_DST,
                    DNNL_ARG_MEAN,
                    DNNL_ARG_VARIANCE);
        }
        builder.hint("layer norm", status, forward);
        dnnl_primitive_desc backward = new dnnl_primitive_desc();
        status = dnnl_layer_normalization_backward_primitive_desc_create(
                backward,
                builder.cpu(),
                dnnl_backward,
                x,
                x,
                x,
                statistics,
                key.epsilon,
                AFFINE,
                forward,
                builder.attributes(false));
        return builder.compile(
                "layer norm backward",
                status,
                backward,
                DNNL_ARG_SRC,
                DNNL_ARG_MEAN,
                DNNL_ARG_VARIANCE,
                DNNL_ARG_SCALE,
                DNNL_ARG_DIFF_DST,
                DNNL_ARG_DIFF_SRC,
                DNNL_ARG_DIFF_SCALE,
                DNNL_ARG_DIFF_SHIFT);
    }
}
