package org.backpropaganda.autograd.tensor;

import java.lang.invoke.MethodHandles;
import java.util.Set;

/**
 * What could falsify the {@link MemoryLedger} or take what others own: a change of kind or owner, a lease, a path of one's
 * choice. It is handed to the classes that run tapes and optimizers, which keep it to themselves; all other code has only
 * what {@link TensorScope} and {@link Tensor} offer.
 */
public final class LedgerAccess {
    private static final Set<String> HOLDERS = Set.of(
            "org.backpropaganda.autograd.graph.GraphLedger",
            "org.backpropaganda.autograd.nn.ModuleLedger",
            "org.backpropaganda.autograd.optim.OptimizerLedger");

    private LedgerAccess() {}

    /**
     * The access, for a class of this library that names itself by a lookup of its own.
     *
     * @param holder the unchanged result of {@link MethodHandles#lookup()} in a class that may hold it
     * @throws IllegalCallerException for any other class, and for a lookup that was obtained from another one
     */
    public static LedgerAccess of(MethodHandles.Lookup holder) {
        Class<?> caller = holder.lookupClass();
        boolean original = (holder.lookupModes() & MethodHandles.Lookup.ORIGINAL) != 0;
        if (!original
                || !HOLDERS.contains(caller.getName())
                || caller.getClassLoader() != LedgerAccess.class.getClassLoader()) {
            throw new IllegalCallerException("ledger access: " + caller.getName() + " is not one of " + HOLDERS
                    + "; allocate, share and close tensors of scopes of your own");
        }
        return new LedgerAccess();
    }

    /** Books the bytes, and those of every tensor that shares them, under another kind. */
    public void become(Tensor tensor, MemoryKind kind) {
        tensor.become(kind);
    }

    /**
     * Books the bytes, and those of every tensor that shares them, under another module path, as if they had been allocated
     * there. Nothing happens to a tensor that is closed.
     */
    public void rename(Tensor tensor, String path) {
        tensor.rename(path);
    }

    /** A scope inside {@code parent}, with a path of its own. */
    public TensorScope childAt(TensorScope parent, String path) {
        return parent.childAt(path);
    }

    /**
     * A scope inside {@code parent} for what is held for backward: a {@code TEMPORARY} tensor that it allocates, shares or
     * views counts as {@code ACTIVATION} for as long.
     */
    public TensorScope leases(TensorScope parent) {
        return parent.leases();
    }

    /** A scope inside {@code parent} for what is held for backward by a module call of another path. */
    public TensorScope leasesAt(TensorScope parent, String path) {
        return parent.leasesAt(path);
    }

    /**
     * A new tensor of undefined content, booked under another module path than its scope's.
     *
     * @throws MemoryBudgetException if the engine's byte budget has no room
     */
    public Tensor allocate(TensorScope scope, TensorSpec spec, MemoryKind kind, String path) {
        return scope.allocate(spec.shape(), spec.dtype(), kind, path);
    }

    /**
     * Another tensor over the same bytes, owned by {@code scope} and counted as held for backward.
     *
     * @throws IllegalArgumentException if the tensor belongs to another engine
     */
    public Tensor lease(TensorScope scope, Tensor tensor) {
        return scope.lease(tensor);
    }

    /**
     * Makes {@code scope} the owner of a tensor that another scope owns.
     *
     * @throws IllegalArgumentException if the tensor belongs to another engine
     * @throws IllegalStateException if the tensor is {@linkplain #keep kept} by somebody else
     */
    public Tensor adopt(TensorScope scope, Tensor tensor) {
        return scope.adopt(tensor);
    }

    /**
     * Keeps a tensor from being closed alone or given away: it ends with its scope, or when it is {@linkplain #letGo let go}.
     *
     * @param what it is, for errors: {@code "the value of a parameter"}
     */
    public void keep(Tensor tensor, String what) {
        tensor.keep(what);
    }

    /** Ends what {@link #keep} began. */
    public void letGo(Tensor tensor) {
        tensor.keep(null);
    }
}
