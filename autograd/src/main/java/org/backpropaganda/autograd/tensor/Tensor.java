package org.backpropaganda.autograd.tensor;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.function.DoubleSupplier;
import java.util.function.Function;
import org.bytedeco.javacpp.Pointer;
import org.jspecify.annotations.Nullable;
import org.nd4j.linalg.api.ndarray.INDArray;

/**
 * A dense row-major array off the heap, with exactly one owner: the {@link TensorScope} that frees it.
 *
 * <p>Several tensors may share the same bytes (views, leases, holds); the bytes go back to the pool with the last of
 * them. Closing twice throws, as does use after close.
 */
public final class Tensor {
    /** The address of what has no values, beyond all that a machine can address. */
    public static final long NOWHERE = 1L << 62;

    private final Shape shape;
    private final DType dtype;
    private final boolean lease;
    private @Nullable Storage storage;
    private @Nullable String keptAs;
    TensorScope owner;

    @Nullable
    Tensor previous;

    @Nullable
    Tensor next;

    Tensor(Shape shape, DType dtype, Storage storage, TensorScope owner, boolean lease) {
        this.shape = shape;
        this.dtype = dtype;
        this.storage = storage;
        this.owner = owner;
        this.lease = lease;
    }

    /** The sizes. */
    public Shape shape() {
        return shape;
    }

    /** The element type. */
    public DType dtype() {
        return dtype;
    }

    /** Shape and element type. */
    public TensorSpec spec() {
        return new TensorSpec(shape, dtype);
    }

    /** Payload bytes. */
    public long bytes() {
        return dtype.bytes(shape.elements());
    }

    /** The number of elements. */
    public long elements() {
        return shape.elements();
    }

    /** The engine that the bytes belong to. */
    public Engine engine() {
        return storage().engine();
    }

    /** The kind that the ledger counts it as. */
    public MemoryKind kind() {
        return storage().kind();
    }

    /** Books the bytes, and those of every tensor that shares them, under another kind. */
    void become(MemoryKind kind) {
        storage().become(kind);
    }

    /** Books the bytes under another path; nothing where it is closed. */
    void rename(String path) {
        Storage shared = storage;
        if (shared != null) {
            shared.rename(path);
        }
    }

    /** Says what it is to somebody who has the sole right to let it end before its scope; null if nobody has. */
    void keep(@Nullable String what) {
        storage();
        keptAs = what;
    }

    /** Refuses what only the one who keeps it may do. */
    void checkNotKept(String what) {
        if (keptAs != null) {
            throw new IllegalStateException(what + ": " + dtype + shape + " is " + keptAs
                    + ", which ends with its scope; share it to hold its bytes, or copy it");
        }
    }

    /** Whether no other tensor shares the bytes, so that writing here is seen by nobody else. */
    public boolean isExclusive() {
        return storage().shares() == 1;
    }

    /** Something that tensors over the same bytes have in common with each other alone. */
    public Object identity() {
        return storage();
    }

    /** Whether both tensors lie over the same bytes. */
    public boolean sharesBytesWith(Tensor other) {
        return storage() == other.storage();
    }

    /** How often the bytes were written in place since they were allocated. */
    public int version() {
        return storage().version();
    }

    /** Notes that {@code writer} changed the bytes in place. */
    public void written(String writer) {
        storage().written(writer);
    }

    /** Who wrote last in place, if anybody did. */
    public @Nullable String lastWriter() {
        return storage().lastWriter();
    }

    Storage storage() {
        if (storage == null) {
            throw new IllegalStateException("tensor " + dtype + shape + " is closed");
        }
        return storage;
    }

    /** Whether this tensor was closed. */
    public boolean isClosed() {
        return storage == null;
    }

    /** Whether there is something to read: not in an {@linkplain Engine#withoutMemory() engine without memory}. */
    public boolean hasValues() {
        return engine().hasMemory();
    }

    /**
     * Where the bytes start, or {@link #NOWHERE}. For kernels only; valid while the tensor is open, within {@link
     * Engine#enter()}.
     */
    public long address() {
        return hasValues() ? storage().address() : NOWHERE;
    }

    /** Whether an address, or one behind it, is of a tensor without values: nothing may be read or written there. */
    public static boolean isNowhere(long address) {
        return address >= NOWHERE;
    }

    /** The bytes, for JavaCPP. For kernels only; valid while the tensor is open, within {@link Engine#enter()}. */
    public Pointer pointer() {
        return new Pages.Address(storage().address());
    }

    /**
     * The bytes {@code [fromByte, fromByte + bytes)} in native order. For kernels only; valid while the tensor is open, within
     * {@link Engine#enter()}.
     */
    public ByteBuffer buffer(long fromByte, int bytes) {
        return NativeBytes.buffer(storage().address() + fromByte, bytes);
    }

    /** Lends an ND4J array over the bytes; it must not leave {@code use}, which notes with {@link #written} what it modifies. */
    public <R> R withArray(Function<INDArray, R> use) {
        Engine engine = enter();
        try {
            return Nd4jHeader.lend(this, use);
        } finally {
            engine.leave();
        }
    }

    private Engine enter() {
        Engine engine = engine();
        engine.enter();
        return engine;
    }

    private Tensor write(String what, Runnable values) {
        Engine engine = enter();
        try {
            values.run();
            written(what);
        } finally {
            engine.leave();
        }
        return this;
    }

    /** Sets every byte to zero. */
    public Tensor zero() {
        Engine engine = enter();
        try {
            if (engine.hasMemory()) {
                Pointer.memset(pointer(), 0, bytes());
            }
        } finally {
            engine.leave();
        }
        written("zero");
        return this;
    }

    /** Copies another tensor of the same shape and element type, which may belong to another engine that is open. */
    public Tensor copyFrom(Tensor source) {
        if (!source.shape.equals(shape) || source.dtype != dtype) {
            throw new ShapeException("copy: source " + source.spec() + ", destination " + spec());
        }
        Engine from = source.enter();
        try {
            return write("copyFrom", () -> {
                if (hasValues()) {
                    Pointer.memcpy(pointer(), source.pointer(), bytes());
                }
            });
        } finally {
            from.leave();
        }
    }

    /**
     * Sets every element, converting to the element type.
     *
     * @param values as many as there are elements, row-major
     */
    public Tensor set(double... values) {
        return write("set", () -> NativeBytes.write(this, values));
    }

    /** Sets {@code count} elements from {@code fromElement} on, converting to the element type. */
    public Tensor set(long fromElement, float[] values, int offset, int count) {
        return write("set", () -> NativeBytes.write(this, fromElement, values, offset, count));
    }

    /** Sets every element, converting to the element type. */
    public Tensor set(int... values) {
        return write("set", () -> NativeBytes.write(this, values));
    }

    /** Sets every element to one value. */
    public Tensor fill(double value) {
        return write("fill", () -> NativeBytes.fill(this, value));
    }

    /** Sets one element after another, row-major, converting to the element type. */
    public Tensor fill(DoubleSupplier values) {
        return write("fill", () -> NativeBytes.fill(this, values));
    }

    /** A copy of all elements, widened. */
    public double[] toDoubles() {
        Engine engine = enter();
        try {
            return NativeBytes.toDoubles(this);
        } finally {
            engine.leave();
        }
    }

    /** The value of a tensor of one element. */
    public double item() {
        if (elements() != 1) {
            throw new ShapeException("item: " + spec() + " has " + elements() + " elements, not one");
        }
        return toDoubles()[0];
    }

    /**
     * Gives this share of the bytes back. For whoever allocated or shared it.
     *
     * @throws IllegalStateException if it was closed before, or is what somebody else keeps, as a parameter's value
     */
    public void close() {
        storage();
        checkNotKept("close");
        if (!closeIfOpen()) {
            storage();
        }
    }

    /** Gives this share back where another thread may do so too; false if it was closed before. */
    boolean closeIfOpen() {
        Storage shared = take();
        if (shared != null) {
            shared.drop(lease);
        }
        return shared != null;
    }

    /** Leaves its owner and its bytes, which are returned; null if it is closed. */
    private @Nullable Storage take() {
        Storage shared = null;
        while (shared == null && !isClosed()) {
            shared = owner.take(this);
        }
        return shared;
    }

    /** Parts from its bytes; under the lock of its owner. */
    @Nullable
    Storage part() {
        Storage shared = storage;
        storage = null;
        return shared;
    }

    /** Leaves its owner for another, which has yet to link it. */
    Tensor moveTo(TensorScope scope) {
        checkNotKept("adopt");
        Storage shared = take();
        if (shared == null) {
            shared = storage();
        }
        owner = scope;
        storage = shared;
        return this;
    }

    /** Gives the share back where no owner took it. */
    void drop() {
        Storage shared = storage();
        storage = null;
        shared.drop(lease);
    }

    @Override
    public String toString() {
        if (storage == null) {
            return "closed " + dtype + shape;
        }
        return spec() + (elements() <= 8 && hasValues() ? " " + Arrays.toString(toDoubles()) : "");
    }
}
