package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reduction_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reduction_sum;

import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.ReductionKernel;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

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
        Collapsed shape = Collapsed.of(x.shape(), out.shape());
        if (shape != null) {
            product(x, shape, out);
            return;
        }
        Primitive primitive = oneDnn.acquire(new Key(x.shape(), out.shape()), OneDnnReduction::compile);
        try {
            primitive.execute(x, out);
        } finally {
            primitive.release();
        }
    }

    /** A sum over neighbouring axes: x seen as [before, summed, behind]. */
    private record Collapsed(long before, long summed, long behind) {

        /** Null where the summed axes are not neighbours. */
        static @Nullable Collapsed of(Shape x, Shape out) {
            long before = 1;
            long summed = 1;
            long behind = 1;
            for (int axis = 0; axis < x.rank(); axis++) {
                boolean isSummed = out.dim(axis) != x.dim(axis);
                if (isSummed && behind > 1) {
                    return null;
                }
                if (isSummed) {
                    summed *= x.dim(axis);
                } else if (summed > 1) {
                    behind *= x.dim(axis);
                } else {
                    before *= x.dim(axis);
                }
            }
            return new Collapsed(before, summed, behind);
        }
    }

    /** A product with a row of ones: oneDNN's reduction has fast code for few shapes, its product for all. */
    private void product(Tensor x, Collapsed shape, Tensor out) {
        Primitive primitive = oneDnn.acquire(shape, OneDnnReduction::compileProduct);
        try (TensorScope scratch = oneDnn.scratch().child()) {
            Tensor ones = scratch.allocate(Shape.of(shape.summed), DType.FLOAT, MemoryKind.SCRATCH);
            primitive.execute(ones.fill(1), x, out);
        } finally {
            primitive.release();
        }
    }

    private static Primitive compileProduct(PrimitiveBuilder builder, Collapsed key) {
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_matmul_primitive_desc_create(
                desc,
                builder.cpu(),
                builder.strided(new long[] {1, 1, key.summed}, new long[] {key.summed, key.summed, 1}),
                builder.dense(Shape.of(key.before, key.summed, key.behind)),
                null,
                builder.dense(Shape.of(key.before, 1, key.behind)),
                builder.attributes(false));
        return builder.compile("sum as product", status, desc, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST);
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
