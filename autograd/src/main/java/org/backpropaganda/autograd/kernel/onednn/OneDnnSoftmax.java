package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_forward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_log;

import org.backpropaganda.autograd.kernel.SoftmaxKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Softmax over an axis; every shape is seen as [outer, classes, inner], or [outer, classes] for the last axis. */
final class OneDnnSoftmax implements SoftmaxKernel {
    private final OneDnn oneDnn;

    OneDnnSoftmax(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private record Key(Function function, Shape shape, boolean backward) {
        static Key of(Function function, Shape shape, int axis, boolean backward) {
            long classes = shape.dim(axis);
            long inner = shape.strides()[axis];
            long outer = shape.elements() / classes / inner;
            return new Key(function, inner == 1 ? Shape.of(outer, classes) : Shape.of(outer, classes, inner), backward);
        }

        int algorithm() {
            return function == Function.SOFTMAX ? dnnl_softmax_accurate : dnnl_softmax_log;
        }
    }

    @Override
    public void forward(Function function, int axis, Tensor x, Tensor y) {
        run(Key.of(function, x.shape(), axis, false), x, y);
    }

    @Override
    public void backward(Function function, int axis, Tensor y, Tensor dy, Tensor dx) {
        run(Key.of(function, y.shape(), axis, true), y, dy, dx);
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
                key.algorithm(),
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
                key.algorithm(),
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
