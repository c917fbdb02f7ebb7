package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reduction_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reduction_sum;

import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.ReductionKernel;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/**
 * Sums over axes. oneDNN refuses a reduction that reduces nothing, which is a copy or an addition, and has no reduction
 * that adds to its output.
 */
final class OneDnnReduction implements ReductionKernel {
    private final OneDnn oneDnn;
    private final OneDnnBinary binary;

    OneDnnReduction(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
        this.binary = new OneDnnBinary(oneDnn);
    }

    private record Key(Shape x, Shape out) {}

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
        if (!accumulate) {
            reduce(x, out);
            return;
        }
        Tensor partial = oneDnn.scratch().allocate(out.shape(), DType.FLOAT, MemoryKind.SCRATCH);
        try {
            reduce(x, partial);
            binary.apply(BinaryKernel.Function.ADD, out, partial, out);
        } finally {
            partial.close();
        }
    }

    private void reduce(Tensor x, Tensor out) {
        Primitive primitive = oneDnn.acquire(new Key(x.shape(), out.shape()), OneDnnReduction::compile);
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
                builder.attributes(false));
        return builder.compile("reduction", status, desc, DNNL_ARG_SRC, DNNL_ARG_DST);
    }
}
