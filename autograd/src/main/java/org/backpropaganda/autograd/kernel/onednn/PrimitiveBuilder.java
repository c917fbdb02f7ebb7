package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_data_type_undef;
import static org.bytedeco.dnnl.global.dnnl.dnnl_eltwise_linear;
import static org.bytedeco.dnnl.global.dnnl.dnnl_f32;
import static org.bytedeco.dnnl.global.dnnl.dnnl_format_tag_any;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_strides;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_create_with_tag;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_eltwise;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_append_sum;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_post_ops_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_post_ops;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_attr_set_scratchpad_mode;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_next_impl;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_impl_info_str;
import static org.bytedeco.dnnl.global.dnnl.dnnl_scratchpad_mode_user;

import java.util.ArrayDeque;
import java.util.Deque;
import org.backpropaganda.autograd.tensor.Shape;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_post_ops;
import org.bytedeco.dnnl.dnnl_primitive_attr;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

/** Makes the descriptors that a primitive is compiled from, and destroys them when the primitive stands. */
final class PrimitiveBuilder implements AutoCloseable {
    private final OneDnn oneDnn;
    private final Deque<Runnable> cleanup = new ArrayDeque<>();
    private long multiplications;

    PrimitiveBuilder(OneDnn oneDnn) {
        this.oneDnn = oneDnn;
    }

    dnnl_engine cpu() {
        return oneDnn.cpu();
    }

    /** How many products the primitive computes, if they are more than its elements tell. */
    void multiplications(long count) {
        multiplications = count;
    }

    /** A dense row-major array. */
    dnnl_memory_desc dense(Shape shape) {
        if (shape.rank() == 0) {
            return strided(new long[] {1}, new long[] {1});
        }
        return strided(shape.toArray(), shape.strides());
    }

    /** An array with the given strides, in elements. */
    dnnl_memory_desc strided(long[] dims, long[] strides) {
        dnnl_memory_desc desc = new dnnl_memory_desc();
        Status.check(
                "memory descriptor", dnnl_memory_desc_create_with_strides(desc, dims.length, dims, dnnl_f32, strides));
        return own(desc);
    }

    /** An array in whatever layout the primitive likes best. */
    dnnl_memory_desc anyLayout(long... dims) {
        dnnl_memory_desc desc = new dnnl_memory_desc();
        Status.check(
                "memory descriptor",
                dnnl_memory_desc_create_with_tag(desc, dims.length, dims, dnnl_f32, dnnl_format_tag_any));
        return own(desc);
    }

    private dnnl_memory_desc own(dnnl_memory_desc desc) {
        cleanup.push(() -> Status.check("memory descriptor destroy", dnnl_memory_desc_destroy(desc)));
        return desc;
    }

    /** Attributes: scratchpads come from us, so that they are counted; results may be added to what is there. */
    dnnl_primitive_attr attributes(boolean accumulate) {
        return attributes(1, accumulate);
    }

    /** Attributes of results that are multiplied by {@code scale}, and then perhaps added to what is there. */
    dnnl_primitive_attr attributes(double scale, boolean accumulate) {
        return attributes(scale, accumulate, 0);
    }

    /** Attributes of results that are perhaps added to what is there, and then go through a function of each element, 0 for none. */
    dnnl_primitive_attr attributes(boolean accumulate, int function) {
        return attributes(1, accumulate, function);
    }

    private dnnl_primitive_attr attributes(double scale, boolean accumulate, int function) {
        dnnl_primitive_attr attr = new dnnl_primitive_attr();
        Status.check("attributes", dnnl_primitive_attr_create(attr));
        cleanup.push(() -> Status.check("attributes destroy", dnnl_primitive_attr_destroy(attr)));
        Status.check("scratchpad mode", dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user));
        if (scale != 1 || accumulate || function != 0) {
            dnnl_post_ops ops = new dnnl_post_ops();
            Status.check("post-ops", dnnl_post_ops_create(ops));
            if (scale != 1) {
                Status.check("scale", dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_linear, (float) scale, 0f));
            }
            if (accumulate) {
                Status.check("sum post-op", dnnl_post_ops_append_sum(ops, 1f, 0, dnnl_data_type_undef));
            }
            if (function != 0) {
                Status.check("function", dnnl_post_ops_append_eltwise(ops, function, 0f, 0f));
            }
            Status.check("post-ops", dnnl_primitive_attr_set_post_ops(attr, ops));
            Status.check("post-ops destroy", dnnl_post_ops_destroy(ops));
        }
        return attr;
    }

    /** An empty list of what follows a computation. */
    dnnl_post_ops postOps() {
        dnnl_post_ops ops = new dnnl_post_ops();
        Status.check("post-ops", dnnl_post_ops_create(ops));
        cleanup.push(() -> Status.check("post-ops destroy", dnnl_post_ops_destroy(ops)));
        return ops;
    }

    /** Attributes: scratchpads come from us; the given computations follow. */
    dnnl_primitive_attr attributes(dnnl_post_ops ops) {
        dnnl_primitive_attr attr = attributes(false);
        Status.check("post-ops", dnnl_primitive_attr_set_post_ops(attr, ops));
        return attr;
    }

    /** Checks the creation of a descriptor that is needed only until the primitive stands. */
    dnnl_primitive_desc hint(String what, int status, dnnl_primitive_desc desc) {
        Status.check(what, status);
        cleanup.push(() -> Status.check("descriptor destroy", dnnl_primitive_desc_destroy(desc)));
        return desc;
    }

    /** Passes over the implementations whose name starts with {@code prefix}. */
    void skip(String prefix, dnnl_primitive_desc desc) {
        try (PointerPointer<BytePointer> name = new PointerPointer<>(1)) {
            while (true) {
                Status.check("implementation name", dnnl_primitive_desc_query(desc, dnnl_query_impl_info_str, 0, name));
                if (!name.get(BytePointer.class).getString().startsWith(prefix)) {
                    return;
                }
                Status.check("next implementation", dnnl_primitive_desc_next_impl(desc));
            }
        }
    }

    /** Compiles the primitive, which takes over the descriptor. */
    Primitive compile(String what, int status, dnnl_primitive_desc desc, int... arguments) {
        Status.check(what, status);
        return new Primitive(what, oneDnn, desc, arguments, multiplications);
    }

    @Override
    public void close() {
        cleanup.forEach(Runnable::run);
    }
}
