package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reduction_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reduction_sum;

import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.ReductionKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Sums over axes. oneDNN refuses a reduction that reduces nothing, which is a copy or an addition. */
final class OneDnnReduction implements ReductionKernel {
    private final OneDnn oneDnn;
    private final OneDnnBinary binary;

    OneDnnReduction(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
        this.binary = new OneDnnBinary(oneDnn);
    }

    private record Key(Shape x, Shape out, boolean accumulate) {}

    @Override
    public void sum(Tensor x, Tensor out, boolean accumulate) {
        if (x.shape().equals(out.shape())) {
            if (accumulate) {
                binary.apply(BinaryKernel.Function.ADD, out, x, out);
            } else {
                out.copyFrom(x);
            }
            return;
        }
        Primitive primitive = oneDnn.acquire(new Key(x.shape(), out.shape(), accumulate), OneDnnReduction::compile);
        try {
            primitive.execute(x, out);
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_reduction_primitive_desc_create(
                desc,
                builder.cpu(),
                dnnl_reduction_sum,
                builder.dense(key.x),
                builder.dense(key.out),
                0f,
                0f,
                builder.attributes(key.accumulate));
        return builder.compile("reduction", status, desc, DNNL_ARG_SRC, DNNL_ARG_DST);
    }
}
