package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_DST;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_0;
import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SRC_1;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_add;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_div;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_mul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_primitive_desc_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_binary_sub;

import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Extremes;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_primitive_desc;

/** Functions of two elements; operands of one shape are seen flat. */
final class OneDnnBinary implements BinaryKernel {
    private final OneDnn oneDnn;

    OneDnnBinary(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    private record Key(Function function, Shape a, Shape b, Shape out) {}

    @Override
    public void apply(Function function, Tensor a, Tensor b, Tensor out) {
        if (function == Function.MAXIMUM) {
            Extremes.maximum(a, b, out);
            return;
        }
        if (function == Function.MINIMUM) {
            Extremes.minimum(a, b, out);
            return;
        }
        Key key;
        if (a.shape().equals(b.shape())) {
            Shape flat = Shape.of(a.elements());
            key = new Key(function, flat, flat, flat);
        } else {
            int rank = out.shape().rank();
            key = new Key(function, a.shape().padded(rank), b.shape().padded(rank), out.shape());
        }
        Primitive primitive = oneDnn.acquire(key, OneDnnBinary::compile);
        try {
            primitive.execute(a, b, out);
        } finally {
            primitive.release();
        }
    }

    /** {@code target += more}, dense floats at bare addresses. */
    void addAt(long elements, long target, long more) {
        Shape flat = Shape.of(elements);
        Primitive primitive = oneDnn.acquire(new Key(Function.ADD, flat, flat, flat), OneDnnBinary::compile);
        try {
            primitive.executeAt(target, more, target);
        } finally {
            primitive.release();
        }
    }

    private static Primitive compile(PrimitiveBuilder builder, Key key) {
        int algorithm = switch (key.function) {
            case ADD -> dnnl_binary_add;
            case SUBTRACT -> dnnl_binary_sub;
            case MULTIPLY -> dnnl_binary_mul;
            case DIVIDE -> dnnl_binary_div;
            case MAXIMUM, MINIMUM -> throw new IllegalArgumentException(key.function + " is computed elsewhere");
        };
        dnnl_primitive_desc desc = new dnnl_primitive_desc();
        int status = dnnl_binary_primitive_desc_create(
                desc,
                builder.cpu(),
                algorithm,
                builder.dense(key.a),
                builder.dense(key.b),
                builder.dense(key.out),
                builder.attributes(false));
        return builder.compile("binary", status, desc, DNNL_ARG_SRC_0, DNNL_ARG_SRC_1, DNNL_ARG_DST);
    }
}
