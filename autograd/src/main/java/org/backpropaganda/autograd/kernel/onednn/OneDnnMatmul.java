package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_BIAS;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_WEIGHTS;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_logistic;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_tanh;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul_primitive_desc_create;

import org.backpropaganda.autograd.kernel.FloatRows;
import org.backpropaganda.autograd.kernel.MatmulKernel;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.jspecify.annotations.Nullable;

/** Matrix products; a transpose is a layout, not a copy. */
final class OneDnnMatmul implements MatmulKernel {
    /** Elements to rectify that are worth another thread. */
    private static final long RECTIFIER_GRAIN = 1 << 17;

    private final OneDnn oneDnn;

    OneDnnMatmul(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private record Key(long m, long k, long n, boolean ta, boolean tb, boolean bias, boolean accumulate) {}

    @Override
    public void matmul(
            Tensor a, boolean ta, Tensor b, boolean tb, @Nullable Tensor bias, Tensor out, boolean accumulate) {
        long m = out.shape().dim(0);
        long n = out.shape().dim(1);
        long k = a.shape().dim(ta ? 0 : 1);
        Primitive primitive = oneDnn.acquire(new Key(m, k, n, ta, tb, bias != null, accumulate), OneDnnMatmul::compile);
        try {
            if (bias != null) {
                primitive.execute(a, b, out, bias);
            } else {
                primitive.execute(a, b, out);
            }
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        dnnl_memory_desc a = matrix(builder, key.m, key.k, key.ta);
        dnnl_memory_desc b = matrix(builder, key.k, key.n, key.tb);
        dnnl_memory_desc out = matrix(builder, key.m, key.n, false);
        dnnl_memory_desc bias = key.bias ? matrix(builder, 1, key.n, false) : null;
        builder.multiplications(key.m * key.k * key.n);
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_matmul_primitive_desc_create(
                desc, builder.cpu(), a, b, bias, out, builder.attributes(key.accumulate));
        return key.bias
                ? builder.compile("matmul", status, desc, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS)
                : builder.compile("matmul", status, desc, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST);
    }

    private record StackKey(Layout a, Layout b, Layout out, double scale, boolean accumulate) {}

    /** A stack without its tensor. */
    private record Layout(
            long outer,
            long outerStride,
            long inner,
            long innerStride,
            long rows,
            long rowStride,
            long columns,
            long columnStride) {

        static Layout of(MatrixStack s) {
            return new Layout(
                    s.outer(),
                    s.outerStride(),
                    s.inner(),
                    s.innerStride(),
                    s.rows(),
                    s.rowStride(),
                    s.columns(),
                    s.columnStride());
        }

        /** The first matrix alone. */
        dnnl_memory_desc describeOne(PrimitiveBuilder builder) {
            return builder.strided(new long[] {rows, columns}, new long[] {rowStride, columnStride});
        }

        dnnl_memory_desc describe(PrimitiveBuilder builder) {
            return builder.strided(
                    new long[] {outer, inner, rows, columns},
                    new long[] {outerStride, innerStride, rowStride, columnStride});
        }
    }

    @Override
    public void multiply(MatrixStack a, MatrixStack b, double scale, MatrixStack out, boolean accumulate) {
        StackKey key = new StackKey(Layout.of(a), Layout.of(b), Layout.of(out), scale, accumulate);
        Primitive primitive = oneDnn.acquire(key, OneDnnMatmul::compileStack);
        try {
            primitive.executeAt(address(a), address(b), address(out));
        } finally {
            primitive.release();
        }
    }

    private record AffineKey(Layout a, Layout b, boolean bias, Finish finish, Layout out, boolean accumulate) {}

    @Override
    public void affine(
            MatrixStack a,
            MatrixStack b,
            @Nullable MatrixStack bias,
            Finish finish,
            MatrixStack out,
            boolean accumulate) {
        AffineKey key = new AffineKey(Layout.of(a), Layout.of(b), bias != null, finish, Layout.of(out), accumulate);
        Primitive primitive = oneDnn.acquire(key, OneDnnMatmul::compileAffine);
        try {
            if (bias != null) {
                primitive.executeAt(address(a), address(b), address(out), address(bias));
            } else {
                primitive.executeAt(address(a), address(b), address(out));
            }
        } finally {
            primitive.release();
        }
        if (finish == Finish.RELU) {
            FloatRows.run(RECTIFIER_GRAIN, 1, 0, rows -> rectify(rows[0]), out);
        }
    }

    private static void rectify(float[] row) {
        for (int i = 0; i < row.length; i++) {
            row[i] = row[i] <= 0 ? 0 : row[i];
        }
    }

    private static Primitive compileAffine(PrimitiveBuilder builder, AffineKey key) {
        builder.multiplications(key.out.rows * key.out.columns * key.a.columns);
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_matmul_primitive_desc_create(
                desc,
                builder.cpu(),
                key.a.describeOne(builder),
                key.b.describeOne(builder),
                key.bias ? matrix(builder, 1, key.out.columns, false) : null,
                key.out.describeOne(builder),
                builder.attributes(key.accumulate, algorithm(key.finish)));
        return key.bias
                ? builder.compile("matmul", status, desc, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_BIAS)
                : builder.compile("matmul", status, desc, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST);
    }

    /** 0 for none, and for the ReLU, of which oneDNN's makes 0 of NaN. */
    private static int algorithm(Finish finish) {
        return switch (finish) {
            case NONE, RELU -> 0;
            case SIGMOID -> dnnl_eltwise_logistic;
            case TANH -> dnnl_eltwise_tanh;
        };
    }

    private static long address(MatrixStack stack) {
        return stack.tensor().address() + stack.offset() * Float.BYTES;
    }

    private static Primitive compileStack(PrimitiveBuilder builder, StackKey key) {
        Layout out = key.out;
        builder.multiplications(out.outer * out.inner * out.rows * out.columns * key.a.columns);
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_matmul_primitive_desc_create(
                desc,
                builder.cpu(),
                key.a.describe(builder),
                key.b.describe(builder),
                null,
                out.describe(builder),
                builder.attributes(key.scale, key.accumulate));
        return builder.compile("stacked matmul", status, desc, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST);
    }

    private static dnnl_memory_desc matrix(PrimitiveBuilder builder, long rows, long columns, boolean transposed) {
        return builder.strided(new long[] {rows, columns}, transposed ? new long[] {1, rows} : new long[] {columns, 1});
    }
}
