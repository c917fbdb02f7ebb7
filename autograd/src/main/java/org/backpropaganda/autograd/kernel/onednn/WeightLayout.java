package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder_primitive_desc_create;

import java.util.function.Consumer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Carries convolution weights between the plain layout of parameters and the layout that a primitive prefers. */
final class WeightLayout {
    private final OneDnn oneDnn;

    WeightLayout(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    /** A reorder belongs to the primitive that prefers the layout. */
    private record Key(Primitive owner, boolean into, boolean accumulate) {}

    /** A layout is that of an argument of a primitive. */
    private record Preferred(Primitive owner, int argument) {}

    /** The logical sizes that oneDNN wants: groups are an axis of their own. */
    static long[] dims(Shape w, int groups) {
        return groups == 1 ? w.toArray() : new long[] {groups, w.dim(0) / groups, w.dim(1), w.dim(2), w.dim(3)};
    }

    /** Lends {@code w} in the layout that the primitive wants. */
    void read(Primitive primitive, int argument, int groups, Tensor w, Consumer<Tensor> use) {
        if (isPlain(primitive, argument, groups, w)) {
            use.accept(w);
            return;
        }
        if (oneDnn.keepsReorderedWeights() && w.kind() == MemoryKind.PARAMETER) {
            oneDnn.packedWeights()
                    .read(
                            w,
                            new Preferred(primitive, argument),
                            primitive.bytesOf(argument),
                            packed -> reorder(primitive, argument, groups, w.shape(), true, false, w, packed),
                            use);
            return;
        }
        Tensor blocked = scratch(primitive, argument);
        try {
            reorder(primitive, argument, groups, w.shape(), true, false, w, blocked);
            use.accept(blocked);
        } finally {
            blocked.close();
        }
    }

    /** Lends room for weights in the layout that the primitive writes, and brings the result into {@code dw}. */
    void write(Primitive primitive, int argument, int groups, Tensor dw, boolean accumulate, Consumer<Tensor> use) {
        if (!accumulate && isPlain(primitive, argument, groups, dw)) {
            use.accept(dw);
            return;
        }
        Tensor blocked = scratch(primitive, argument);
        try {
            use.accept(blocked);
            reorder(primitive, argument, groups, dw.shape(), false, accumulate, blocked, dw);
        } finally {
            blocked.close();
        }
    }

    private Tensor scratch(Primitive primitive, int argument) {
        return oneDnn.scratch().allocate(Shape.of(primitive.bytesOf(argument)), DType.BYTE, MemoryKind.SCRATCH);
    }

    private static dnnl_memory_desc plain(PrimitiveBuilder builder, Shape w, int groups) {
        return builder.dense(Shape.of(dims(w, groups)));
    }

    private static boolean isPlain(Primitive primitive, int argument, int groups, Tensor w) {
        return primitive.wantsDense(argument, Shape.of(dims(w.shape(), groups)));
    }

    private void reorder(
            Primitive owner,
            int argument,
            int groups,
            Shape shape,
            boolean into,
            boolean accumulate,
            Tensor source,
            Tensor destination) {
        Primitive reorder = oneDnn.acquire(new Key(owner, into, accumulate), (builder, key) -> {
            dnnl_memory_desc plain = plain(builder, shape, groups);
            dnnl_memory_desc preferred = owner.layoutOf(argument);
            dnnl_primitive_desc desc = new dnnl_primitive_desc();
            int status = dnnl_reorder_primitive_desc_create(
                    desc,
                    into ? plain : preferred,
                    builder.cpu(),
                    into ? preferred : plain,
                    builder.cpu(),
                    builder.attributes(accumulate));
            return builder.compile("weight reorder", status, desc, DNNL_ARG_SRC, DNNL_ARG_DST);
        });
        try {
            reorder.execute(source, destination);
        } finally {
            reorder.release();
        }
    }
}
