package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.DNNL_ARG_SCRATCHPAD;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_equal;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_desc_get_size;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_memory_set_data_handle;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_desc_query_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_primitive_execute;
import static org.bytedeco.dnnl.global.dnnl.dnnl_query_exec_arg_md;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_wait;
import static org.bytedeco.dnnl.global.dnnl.dnnl_success;

import java.util.Arrays;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.dnnl.dnnl_exec_arg_t;
import org.bytedeco.dnnl.dnnl_memory;
import org.bytedeco.dnnl.dnnl_memory_desc;
import org.bytedeco.dnnl.dnnl_primitive;
import org.bytedeco.dnnl.dnnl_primitive_desc;
import org.bytedeco.dnnl.dnnl_stream;
import org.bytedeco.javacpp.Pointer;

/** A compiled oneDNN primitive. Shared between threads; each execution borrows an argument set of its own. */
final class Primitive {
    /** Waking a thread takes as long as working through about so many elements alone. */
    private static final long PARALLEL_ELEMENTS = 1 << 16;

    /** How many products take as long as reading and writing an element. */
    private static final long PRODUCTS_AN_ELEMENT = 16;

    private final String what;
    private final OneDnn oneDnn;
    private final dnnl_primitive_desc desc;
    private final dnnl_primitive handle = new dnnl_primitive();
    private final int[] arguments;
    private final long scratchBytes;
    private final boolean parallel;
    private final long bytes;
    private final Queue<ArgumentSet> idle = new ConcurrentLinkedQueue<>();
    private final Map<Integer, Boolean> dense = new ConcurrentHashMap<>();
    private final AtomicInteger users = new AtomicInteger(1);

    Primitive(String what, OneDnn oneDnn, dnnl_primitive_desc desc, int[] arguments, long multiplications) {
        this.what = what;
        this.oneDnn = oneDnn;
        this.desc = desc;
        this.bytes = PrimitiveKind.of(desc).bytes();
        long elements = 0;
        for (int argument : arguments) {
            elements += bytesOf(argument) / Float.BYTES;
        }
        this.parallel = Math.max(elements, multiplications / PRODUCTS_AN_ELEMENT) >= PARALLEL_ELEMENTS;
        this.scratchBytes = dnnl_memory_desc_get_size(layoutOf(DNNL_ARG_SCRATCHPAD));
        if (scratchBytes > 0) {
            this.arguments = Arrays.copyOf(arguments, arguments.length + 1);
            this.arguments[arguments.length] = DNNL_ARG_SCRATCHPAD;
        } else {
            this.arguments = arguments;
        }
    }

    /** Compiles what is described, while the builder's descriptors still stand; not where nothing will run. */
    Primitive create() {
        if (!oneDnn.computes()) {
            return this;
        }
        int status = dnnl_primitive_create(handle, desc);
        if (status != dnnl_success) {
            drop();
        }
        Status.check(what, status);
        return this;
    }

    /** What it holds, by estimate. */
    long bytes() {
        return bytes;
    }

    /** Whether it is worth waking other threads for. */
    boolean isParallel() {
        return parallel;
    }

    /** The layout that the primitive wants of an argument. Valid while the primitive is held. */
    dnnl_memory_desc layoutOf(int argument) {
        return dnnl_primitive_desc_query_md(desc, dnnl_query_exec_arg_md, argument);
    }

    /** Whether the layout of an argument is the dense row-major one of its sizes. Asked of the library once. */
    boolean wantsDense(int argument, Shape sizes) {
        return dense.computeIfAbsent(argument, a -> {
            try (PrimitiveBuilder builder = new PrimitiveBuilder(oneDnn)) {
                return dnnl_memory_desc_equal(layoutOf(a), builder.dense(sizes)) != 0;
            }
        });
    }

    long bytesOf(int argument) {
        return dnnl_memory_desc_get_size(layoutOf(argument));
    }

    void retain() {
        users.incrementAndGet();
    }

    /** Ends a use that {@link OneDnn#acquire} began. */
    void release() {
        drop();
        oneDnn.engine().leave();
    }

    /** Lets go; the last who does destroys it. */
    void drop() {
        if (users.decrementAndGet() == 0) {
            idle.forEach(ArgumentSet::destroy);
            idle.clear();
            if (!handle.isNull()) {
                Status.check(what, dnnl_primitive_destroy(handle));
            }
            Status.check(what, dnnl_primitive_desc_destroy(desc));
        }
    }

    /** Runs on tensors given in the order of the primitive's arguments, and waits for the end. */
    void execute(Tensor... tensors) {
        if (!oneDnn.computes()) {
            takeScratch();
            return;
        }
        long[] addresses = new long[arguments.length];
        for (int i = 0; i < tensors.length; i++) {
            addresses[i] = oneDnn.engine().requireOwn(what, tensors[i]).address();
        }
        run(addresses);
    }

    /** Runs it on bare addresses, for regions that start inside a tensor. */
    void executeAt(long... addresses) {
        run(Arrays.copyOf(addresses, arguments.length));
    }

    private void run(long[] addresses) {
        if (!oneDnn.computes()) {
            takeScratch();
            return;
        }
        for (long address : addresses) {
            if (Tensor.isNowhere(address)) {
                throw new NoValuesException(what + ": a tensor has a shape but no values, because its engine has no"
                        + " memory; compute in another engine what reads them");
            }
        }
        Tensor scratch = scratchBytes > 0
                ? oneDnn.scratch().allocate(Shape.of(scratchBytes), DType.BYTE, MemoryKind.SCRATCH)
                : null;
        ArgumentSet idleSet = idle.poll();
        ArgumentSet set = idleSet != null ? idleSet : new ArgumentSet();
        dnnl_stream stream = oneDnn.takeStream();
        oneDnn.useThreads(parallel);
        try {
            if (scratch != null) {
                addresses[arguments.length - 1] = scratch.address();
            }
            set.point(addresses);
            Status.check(what, dnnl_primitive_execute(handle, stream, arguments.length, set.args));
            Status.check(what, dnnl_stream_wait(stream));
        } finally {
            oneDnn.giveBack(stream);
            if (scratch != null) {
                scratch.close();
            }
            idle.add(set);
        }
    }

    /** All that an execution does where there is no memory. */
    private void takeScratch() {
        if (scratchBytes > 0) {
            oneDnn.scratch()
                    .allocate(Shape.of(scratchBytes), DType.BYTE, MemoryKind.SCRATCH)
                    .close();
        }
    }

    /** Memory handles and the argument list of one execution. Used by one thread at a time. */
    private final class ArgumentSet {
        private final dnnl_exec_arg_t args = new dnnl_exec_arg_t(arguments.length);
        private final dnnl_memory[] memories = new dnnl_memory[arguments.length];
        private final Address address = new Address();
        private final long[] current = new long[arguments.length];

        ArgumentSet() {
            for (int i = 0; i < arguments.length; i++) {
                memories[i] = new dnnl_memory();
                Status.check(
                        what, dnnl_memory_create(memories[i], layoutOf(arguments[i]), oneDnn.cpu(), new Address()));
                args.position(i).arg(arguments[i]).memory(memories[i]);
            }
            args.position(0);
        }

        void point(long[] addresses) {
            for (int i = 0; i < arguments.length; i++) {
                if (current[i] != addresses[i]) {
                    current[i] = addresses[i];
                    Status.check(what, dnnl_memory_set_data_handle(memories[i], address.at(addresses[i])));
                }
            }
        }

        void destroy() {
            for (dnnl_memory memory : memories) {
                Status.check(what, dnnl_memory_destroy(memory));
            }
            args.deallocate();
        }
    }

    /** A pointer that can be moved, so that pointing at a tensor makes no garbage. */
    private static final class Address extends Pointer {
        Address at(long value) {
            address = value;
            return this;
        }
    }
}
