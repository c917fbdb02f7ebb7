package org.backpropaganda.autograd.tensor;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The owner of tensors and of child scopes. Closing it closes its children and frees what it still owns, now.
 *
 * <p>Closing twice throws, as does use after close: both reveal a bug. A scope is meant for one thread; its bookkeeping
 * is locked all the same, because tensors may be shared with scopes of other threads, and any thread may close the engine.
 */
public final class TensorScope implements AutoCloseable {
    private final Engine engine;
    private final @Nullable TensorScope parent;
    private final String path;
    private final boolean leasing;
    private @Nullable TensorScope firstChild;
    private @Nullable TensorScope previousSibling;
    private @Nullable TensorScope nextSibling;
    private @Nullable Tensor first;
    private volatile boolean closed;

    TensorScope(Engine engine, @Nullable TensorScope parent, String path, boolean leasing) {
        this.engine = engine;
        this.parent = parent;
        this.path = path;
        this.leasing = leasing;
    }

    /** The engine that everything here belongs to. */
    public Engine engine() {
        return engine;
    }

    /** The module path under which the ledger books allocations of this scope. */
    public String path() {
        return path;
    }

    /** A scope inside this one with the same path. */
    public TensorScope child() {
        return childAt(path);
    }

    /** A scope inside this one; its path is this path, a dot and the name. */
    public TensorScope child(String name) {
        return childAt(path.isEmpty() ? name : path + "." + name);
    }

    /** A scope inside this one, with a path of its own. */
    TensorScope childAt(String childPath) {
        return child(childPath, false);
    }

    /** A scope inside this one, with the same path, whose every tensor is a lease. */
    TensorScope leases() {
        return child(path, true);
    }

    /** The scope that this one is inside of, which closes it; null for one of the engine's own. */
    public @Nullable TensorScope parent() {
        return parent;
    }

    /** A scope inside this one, with a path of its own, whose every tensor is a lease. */
    TensorScope leasesAt(String childPath) {
        return child(childPath, true);
    }

    private TensorScope child(String childPath, boolean leases) {
        synchronized (engine) {
            checkOpen();
            TensorScope child = new TensorScope(engine, this, childPath, leases);
            child.nextSibling = firstChild;
            if (firstChild != null) {
                firstChild.previousSibling = child;
            }
            firstChild = child;
            return child;
        }
    }

    /** A new temporary tensor; its content is undefined. */
    public Tensor allocate(Shape shape, DType dtype) {
        return allocate(shape, dtype, MemoryKind.TEMPORARY);
    }

    /**
     * A new tensor; its content is undefined.
     *
     * @param kind what it is for; what is held for backward and gradients of parameters come from tapes alone
     * @throws MemoryBudgetException if the engine's byte budget has no room
     * @throws IllegalArgumentException if the kind is {@code ACTIVATION} or {@code GRADIENT}
     */
    public Tensor allocate(Shape shape, DType dtype, MemoryKind kind) {
        if (kind == MemoryKind.ACTIVATION || kind == MemoryKind.GRADIENT) {
            throw new IllegalArgumentException("allocate: " + kind + " is what a tape books for "
                    + (kind == MemoryKind.GRADIENT ? "gradients of parameters" : "what it holds for backward")
                    + "; allocate TEMPORARY, and let the tape save or sum it");
        }
        return allocate(shape, dtype, kind, path);
    }

    /** A new tensor of any kind that is booked under another module path. */
    Tensor allocate(Shape shape, DType dtype, MemoryKind kind, String bookedPath) {
        checkOpen();
        Storage storage = engine.newStorage(new TensorSpec(shape, dtype), kind, bookedPath, leasing);
        return own(new Tensor(shape, dtype, storage, this, leasing));
    }

    /** A new tensor of zeros. */
    public Tensor zeros(Shape shape, DType dtype, MemoryKind kind) {
        Tensor tensor = allocate(shape, dtype, kind);
        tensor.zero();
        return tensor;
    }

    /**
     * Another tensor over the same bytes, owned by this scope.
     *
     * @throws IllegalArgumentException if the tensor belongs to another engine
     */
    public Tensor share(Tensor tensor) {
        return shared("share", tensor, tensor.shape(), false);
    }

    /**
     * Another tensor over the same bytes with another shape of as many elements, owned by this scope.
     *
     * @throws ShapeException if the element counts differ
     * @throws IllegalArgumentException if the tensor belongs to another engine
     */
    public Tensor view(Tensor tensor, Shape shape) {
        return shared("view", tensor, shape, false);
    }

    /**
     * Another tensor over the same bytes, counted as held for backward.
     *
     * @throws IllegalArgumentException if the tensor belongs to another engine
     */
    Tensor lease(Tensor tensor) {
        return shared("lease", tensor, tensor.shape(), true);
    }

    private Tensor shared(String what, Tensor tensor, Shape shape, boolean lease) {
        checkOpen();
        if (shape.elements() != tensor.shape().elements()) {
            throw new ShapeException("view: " + tensor.shape() + " has "
                    + tensor.shape().elements() + " elements, " + shape + " has " + shape.elements());
        }
        Storage storage = engine.requireOwn(what, tensor).storage();
        storage.share(lease || leasing);
        return own(new Tensor(shape, tensor.dtype(), storage, this, lease || leasing));
    }

    /**
     * Makes this scope the owner of a tensor that another scope owns.
     *
     * @throws IllegalArgumentException if the tensor belongs to another engine
     */
    Tensor adopt(Tensor tensor) {
        checkOpen();
        engine.requireOwn("adopt", tensor);
        return tensor.owner == this ? tensor : own(tensor.moveTo(this));
    }

    /** Whether this scope owns the tensor. */
    public boolean owns(Tensor tensor) {
        return tensor.owner == this && !tensor.isClosed();
    }

    /** Whether this scope, or one inside it, owns the tensor. */
    public boolean holds(Tensor tensor) {
        TensorScope scope = tensor.isClosed() ? null : tensor.owner;
        while (scope != null && scope != this) {
            scope = scope.parent;
        }
        return scope == this;
    }

    /** Links a tensor that names this scope as its owner; frees it if the scope has been closed meanwhile. */
    private Tensor own(Tensor tensor) {
        if (!link(tensor)) {
            tensor.drop();
            checkOpen();
        }
        return tensor;
    }

    private synchronized boolean link(Tensor tensor) {
        if (closed) {
            return false;
        }
        tensor.previous = null;
        tensor.next = first;
        if (first != null) {
            first.previous = tensor;
        }
        first = tensor;
        return true;
    }

    /** Parts a tensor from its bytes, which are returned, and lets go of it; null if another scope owns it, or none. */
    synchronized @Nullable Storage take(Tensor tensor) {
        if (tensor.owner != this || tensor.isClosed()) {
            return null;
        }
        if (tensor.previous != null) {
            tensor.previous.next = tensor.next;
        } else {
            first = tensor.next;
        }
        if (tensor.next != null) {
            tensor.next.previous = tensor.previous;
        }
        tensor.previous = null;
        tensor.next = null;
        return tensor.part();
    }

    private void checkOpen() {
        if (closed) {
            throw new IllegalStateException(
                    engine.isClosed() ? "the engine is closed" : "scope \"" + path + "\" is closed");
        }
    }

    /** Shows everything that is alive in this scope and in those inside it. */
    void visit(Consumer<Tensor> visitor) {
        synchronized (engine) {
            synchronized (this) {
                for (Tensor tensor = first; tensor != null; tensor = tensor.next) {
                    visitor.accept(tensor);
                }
            }
            for (TensorScope child = firstChild; child != null; child = child.nextSibling) {
                child.visit(visitor);
            }
        }
    }

    /** Whether the scope was closed. */
    public boolean isClosed() {
        return closed;
    }

    /**
     * Frees everything that the scope and its children still own.
     *
     * @throws IllegalStateException if it was closed before
     */
    @Override
    public void close() {
        if (!closeIfOpen()) {
            checkOpen();
        }
    }

    /** Closes it where another thread may do so too; false if it was closed before. */
    boolean closeIfOpen() {
        synchronized (engine) {
            if (closed) {
                return false;
            }
            closed = true;
            if (parent != null) {
                parent.forget(this);
            }
        }
        Throwable failure = null;
        for (TensorScope child = anyChild(); child != null; child = anyChild()) {
            failure = first(failure, child::closeIfOpen);
        }
        for (Tensor tensor = anyTensor(); tensor != null; tensor = anyTensor()) {
            failure = first(failure, tensor::closeIfOpen);
        }
        if (failure instanceof Error error) {
            throw error;
        }
        if (failure instanceof RuntimeException exception) {
            throw exception;
        }
        return true;
    }

    /** Closes one more, whatever a listener of the ledger made of those before. */
    private static @Nullable Throwable first(@Nullable Throwable failure, Runnable close) {
        try {
            close.run();
        } catch (RuntimeException | Error e) {
            return failure == null ? e : failure;
        }
        return failure;
    }

    private @Nullable TensorScope anyChild() {
        synchronized (engine) {
            return firstChild;
        }
    }

    private synchronized @Nullable Tensor anyTensor() {
        return first;
    }

    private void forget(TensorScope child) {
        if (child.previousSibling != null) {
            child.previousSibling.nextSibling = child.nextSibling;
        } else {
            firstChild = child.nextSibling;
        }
        if (child.nextSibling != null) {
            child.nextSibling.previousSibling = child.previousSibling;
        }
        child.previousSibling = null;
        child.nextSibling = null;
    }
}
