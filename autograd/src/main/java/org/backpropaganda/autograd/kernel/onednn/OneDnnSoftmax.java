package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DIFF_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_forward_training;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_accurate;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_backward_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_softmax_forward_primitive_desc_create;

import org.backpropaganda.autograd.kernel.SoftmaxKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Softmax over the last axis; every shape is seen as [rows, classes]. */
final class OneDnnSoftmax implements SoftmaxKernel {
    private final OneDnn oneDnn;

    OneDnnSoftmax(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private record Key(long rows, long classes, boolean backward) {}

    @Override
    public void forward(Tensor x, Tensor y) {
        long classes = x.shape().dim(-1);
        Primitive primitive = oneDnn.acquire(new Key(x.elements() / classes, classes, false), OneDnnSoftmax::compile);
        try {
            primitive.execute(x, y);
        } finally {
            primitive.release();
        }
    }

    @Override
    public void backward(Tensor y, Tensor dy, Tensor dx) {
        long classes = y.shape().dim(-1);
        Primitive primitive = oneDnn.acquire(new Key(y.elements() / classes, classes, true), OneDnnSoftmax::compile);
        try {
            primitive.execute(y, dy, dx);
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        dnnl_memory_desc rows = builder.dense(Shape.of(key.rows, key.classes));
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_softmax_forward_primitive_desc_create(
                desc,
                builder.cpu(),
                dnnl_forward_training,
                dnnl_softmax_accurate,
                rows,
                rows,
                1,
                builder.attributes(false));
        if (!key.backward) {
            return builder.compile("softmax", status, desc, DNNL_ARG_SRC, DNNL_ARG_DST);
        }
        builder.hint("softmax", status, desc);
        dnnl_primitive_desc backward = new dnnl_primitive_desc();
        status = dnnl_softmax_backward_primitive_desc_create(
                backward, builder.cpu(), dnnl_softmax_accurate, rows, rows, rows, 1, desc, builder.attributes(false));
        return builder.compile(
                "softmax backward", status, backward, DNNL_ARG_DST, DNNL_ARG_DIFF_DST, DNNL_ARG_DIFF_SRC);
    }
}
