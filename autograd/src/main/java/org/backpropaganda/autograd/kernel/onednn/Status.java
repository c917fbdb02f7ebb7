package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_out_of_memory;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;
import static org.bytedeco.dnnl.global.dnnl.dnnl_unimplemented;

/** What oneDNN's calls return. */
final class Status {
    private Status() {}

    static void check(String call, int status) {
        if (status == dnnl_success) {
            return;
        }
        if (status == dnnl_out_of_memory) {
            throw new OutOfMemoryError("oneDNN " + call + ": out of memory");
        }
        throw new IllegalStateException("oneDNN " + call + ": "
                + (status == dnnl_unimplemented ? "not implemented for these arguments" : "status " + status));
    }
}
