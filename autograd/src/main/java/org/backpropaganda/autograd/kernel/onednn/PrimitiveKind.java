package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_convolution;
import static org.bytedeco.dnnl.global.dnnl.dnnl_matmul;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_primitive_kind;
import static org.bytedeco.dnnl.global.dnnl.dnnl_reorder;

import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.javacpp.IntPointer;

/**
 * What a compiled primitive holds. oneDNN does not tell, so each kind has an estimate: what a process grew by for each of a
 * hundred primitives of other shapes, with its descriptor and one argument set, rounded up. The figures are of oneDNN 3.11 on
 * AVX-512; {@code docs/performance.md} tells how to measure them.
 */
enum PrimitiveKind {
    /** 520 to 920 KiB: 270 of tables in the descriptor, as many in the primitive, and the code. */
    MATMUL(768),
    /** 60 to 90 KiB. */
    CONVOLUTION(88),
    /** 20 to 30 KiB. */
    REORDER(32),
    /** 35 to 100 KiB: functions of elements, sums of two, normalisations, pools, softmax. */
    OTHER(64);

    private final long bytes;

    PrimitiveKind(long kibibytes) {
        bytes = kibibytes << 10;
    }

    static PrimitiveKind of(dnnl_primitive_desc desc) {
        try (IntPointer kind = new IntPointer(1)) {
            Status.check("kind", dnnl_primitive_desc_query(desc, dnnl_query_primitive_kind, 0, kind));
            int found = kind.get();
            if (found == dnnl_matmul) {
                return MATMUL;
            }
            if (found == dnnl_convolution) {
                return CONVOLUTION;
            }
            return found == dnnl_reorder ? REORDER : OTHER;
        }
    }

    /** The estimate. */
    long bytes() {
        return bytes;
    }
}
