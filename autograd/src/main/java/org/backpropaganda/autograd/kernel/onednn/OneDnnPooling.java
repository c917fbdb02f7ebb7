package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WORKSPACE;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_inference;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_avg_exclude_padding;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_avg_include_padding;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_pooling_max;

import org.backpropaganda.autograd.kernel.MaxPoolLoop;
import org.backpropaganda.autograd.kernel.PoolingKernel;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/** Pooling on channels-last images. */
final class OneDnnPooling implements PoolingKernel {
    private final OneDnn oneDnn;

    OneDnnPooling(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private record Key(int algorithm, boolean backward, boolean indices, Window window, Shape x, Shape y) {}

    /** oneDNN 3.11 passes over NaN, and starts from the least finite number: −∞ never wins. */
    @Override
    public void maxForward(Window window, Tensor x, Tensor y, @Nullable Tensor indices) {
        if (hasEmptyWindow(window, x.shape()) || !OrdinaryFloats.areAllOf(x)) {
            MaxPoolLoop.run(window, x, y, indices);
            return;
        }
        Key key = new Key(dnnl_pooling_max, false, indices != null, window, x.shape(), y.shape());
        if (indices == null) {
            run(key, x, y);
        } else {
            run(key, x, y, indices);
        }
    }

    /** Whether a window lies on the padding altogether. */
    private static boolean hasEmptyWindow(Window window, Shape x) {
        boolean rows = window.padH() > 0 && window.paddingRows(x.dim(1)) > 0;
        boolean columns = window.padW() > 0 && window.paddingColumns(x.dim(2)) > 0;
        return rows || columns;
    }

    @Override
    public void maxBackward(Window window, Tensor dy, Tensor indices, Tensor dx) {
        run(new Key(dnnl_pooling_max, true, true, window, dx.shape(), dy.shape()), dy, dx, indices);
    }

    @Override
    public void averageForward(Window window, boolean countPadding, Tensor x, Tensor y) {
        run(new Key(average(countPadding), false, false, window, x.shape(), y.shape()), x, y);
    }

    @Override
    public void averageBackward(Window window, boolean countPadding, Tensor dy, Tensor dx) {
        run(new Key(average(countPadding), true, false, window, dx.shape(), dy.shape()), dy, dx);
    }

    private static int average(boolean countPadding) {
        return countPadding ? dnnl_pooling_avg_include_padding : dnnl_pooling_avg_exclude_padding;
    }

    private void run(Key key, Tensor... arguments) {
        Primitive primitive = oneDnn.acquire(key, OneDnnPooling::compile);
        try {
            primitive.execute(arguments);
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        dnnl_memory_desc x = ImageLayout.image(builder, key.x);
        dnnl_memory_desc y = ImageLayout.image(builder, key.y);
        long[] strides = ImageLayout.strides(key.window);
        long[] dilations = ImageLayout.dilations(key.window);
        long[] kernel = {key.window.kernelH(), key.window.kernelW()};
        long[] before = ImageLayout.padBefore(key.window);
        long[] after = ImageLayout.padAfter(key.window, key.x, key.y);
        dnnl_primitive_desc forward = new dnnl_primitive_desc();
        int status = dnnl_pooling_forward_primitive_desc_create(
                forward,
                builder.cpu(),
                key.backward || key.indices ? dnnl_forward_training : dnnl_forward_inference,
                key.algorithm,
                x,
                y,
                strides,
                kernel,
                dilations,
                before,
                after,
                builder.attributes(false));
        if (!key.backward) {
            return key.indices
                    ? builder.compile("pooling", status, forward, DNNL_ARG_SRC, DNNL_ARG_DST, DNNL_ARG_WORKSPACE)
                    : builder.compile("pooling", status, forward, DNNL_ARG_SRC, DNNL_ARG_DST);
        }
        builder.hint("pooling", status, forward);
        dnnl_primitive_desc backward = new dnnl_primitive_desc();
        status = dnnl_pooling_backward_primitive_desc_create(
                backward,
                builder.cpu(),
                key.algorithm,
                x,
                y,
                strides,
                kernel,
                dilations,
                before,
                after,
                forward,
                builder.attributes(false));
        return key.indices
                ? builder.compile(
                        "pooling backward", status, backward, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC, DNNL_ARG_WORKSPACE)
                : builder.compile("pooling backward", status, backward, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC);
    }
}
