package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;

import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.kernel.CopyKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Strided copies as reorders: the layouts carry the strides, the addresses the offsets. */
final class OneDnnCopy implements CopyKernel {
    private static final int FLOAT_BYTES = 4;

    private final OneDnn oneDnn;

    OneDnnCopy(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private record Key(Shape shape, List<Long> from, List<Long> to, boolean accumulate) {}

    @Override
    public void copy(
            Shape shape,
            Tensor source,
            long sourceOffset,
            long[] sourceStrides,
            Tensor destination,
            long destinationOffset,
            long[] destinationStrides,
            boolean accumulate) {
        Key key = new Key(shape, list(sourceStrides), list(destinationStrides), accumulate);
        Primitive primitive = oneDnn.acquire(key, OneDnnCopy::compile);
        try {
            primitive.executeAt(
                    source.address() + sourceOffset * FLOAT_BYTES,
                    destination.address() + destinationOffset * FLOAT_BYTES);
        } finally {
            primitive.release();
        }
    }

    private static List<Long> list(long[] values) {
        return Arrays.stream(values).boxed().toList();
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        long[] dims = key.shape.rank() == 0 ? new long[] {1} : key.shape.toArray();
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_reorder_primitive_desc_create(
                desc,
                builder.strided(dims, strides(key.from)),
                builder.cpu(),
                builder.strided(dims, strides(key.to)),
                builder.cpu(),
                builder.attributes(key.accumulate));
        return builder.compile("strided copy", status, desc, DNNL_ARG_SRC, DNNL_ARG_DST);
    }

    private static long[] strides(List<Long> values) {
        return values.isEmpty()
                ? LongStream.of(1).toArray()
                : values.stream().mapToLong(Long::longValue).toArray();
    }
}
