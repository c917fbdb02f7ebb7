package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_forward_primitive_desc_create;

import org.backpropaganda.autograd.kernel.FloatLogSoftmax;
import org.backpropaganda.autograd.kernel.FloatRows;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.kernel.SoftmaxKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Softmax over an axis; every shape is seen as [outer, classes, inner], or [outer, classes] for the last axis. */
final class OneDnnSoftmax implements SoftmaxKernel {
    /** Elements that are worth another thread. */
    private static final long GRAIN = 3 << 14;

    private final OneDnn oneDnn;

    OneDnnSoftmax(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private record Key(Shape shape, boolean backward) {
        static Key of(Shape shape, int axis, boolean backward) {
            long classes = shape.dim(axis);
            long inner = shape.strides()[axis];
            long outer = shape.elements() / classes / inner;
            return new Key(inner == 1 ? Shape.of(outer, classes) : Shape.of(outer, classes, inner), backward);
        }
    }

    @Override
    public void forward(Function function, int axis, Tensor x, Tensor y) {
        if (function == Function.LOG_SOFTMAX) {
            // Of oneDNN 3.11 it has the absolute error of its log, 3e-6.
            FloatLogSoftmax.forward(axis, x, y);
            return;
        }
        run(Key.of(x.shape(), axis, false), x, y);
        NanRows.spread(axis, y);
    }

    @Override
    public void backward(Function function, int axis, Tensor y, Tensor dy, Tensor dx) {
        if (function == Function.LOG_SOFTMAX) {
            FloatLogSoftmax.backward(axis, y, dy, dx);
            return;
        }
        Key key = Key.of(y.shape(), axis, true);
        if (key.shape.rank() == 2) {
            FloatRows.run(GRAIN, 1, 1, OneDnnSoftmax::rowBackward, rows(key, dx), rows(key, y), rows(key, dy));
        } else {
            run(key, y, dy, dx);
        }
    }

    private static MatrixStack rows(Key key, Tensor tensor) {
        return MatrixStack.matrix(tensor, 0, key.shape.dim(0), key.shape.dim(1));
    }

    /** oneDNN 3.11 has no fast kernel for it below AVX-512. Four sums, because one would wait for itself. */
    private static void rowBackward(float[][] rows) {
        float[] dx = rows[0];
        float[] y = rows[1];
        float[] dy = rows[2];
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i < y.length - 3; i += 4) {
            s0 += (double) y[i] * dy[i];
            s1 += (double) y[i + 1] * dy[i + 1];
            s2 += (double) y[i + 2] * dy[i + 2];
            s3 += (double) y[i + 3] * dy[i + 3];
        }
        for (; i < y.length; i++) {
            s0 += (double) y[i] * dy[i];
        }
        float sum = (float) (s0 + s1 + s2 + s3);
        for (int k = 0; k < dx.length; k++) {
            dx[k] = y[k] * (dy[k] - sum);
        }
    }

    private void run(Key key, Tensor... arguments) {
        Primitive primitive = oneDnn.acquire(key, OneDnnSoftmax::compile);
        try {
            primitive.execute(arguments);
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        dnnl_memory_desc layout = builder.dense(key.shape);
        dnnl_primitive_desc forward = new dnnl_primitive_desc();
        int status = dnnl_softmax_forward_primitive_desc_create(
                forward,
                builder.cpu(),
                dnnl_forward_training,
                dnnl_softmax_accurate,
                layout,
                layout,
                1,
                builder.attributes(false));
        if (!key.backward) {
            return builder.compile("softmax", status, forward, DNNL_ARG_SRC, DNNL_ARG_DST);
        }
        builder.hint("softmax", status, forward);
        dnnl_primitive_desc backward = new dnnl_primitive_desc();
        status = dnnl_softmax_backward_primitive_desc_create(
                backward,
                builder.cpu(),
                dnnl_softmax_accurate,
                layout,
                layout,
                layout,
                1,
                forward,
                builder.attributes(false));
        return builder.compile(
                "softmax backward", status, backward, DNNL_ARG_DST, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC);
    }
}
