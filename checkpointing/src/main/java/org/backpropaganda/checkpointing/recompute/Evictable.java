package org.backpropaganda.checkpointing.recompute;

import java.util.List;
import org.backpropaganda.autograd.graph.Recipe;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** A saved tensor that is kept by a lease until it is evicted, and by its recipe from then on until somebody reads it. */
final class Evictable implements SavedTensorCodec.Packed {
    private final EvictionPool pool;
    private final String op;
    private final String path;
    private final String label;
    private final Recipe.Held recipe;
    private final TensorScope leases;
    private final EvictionValue value;
    private @Nullable Tensor lease;
    private int version;
    private int pins;

    Evictable(EvictionPool pool, Saving saving, Recipe.Held recipe, TensorScope leases, EvictionValue value) {
        this.pool = pool;
        this.op = saving.op();
        this.path = saving.path();
        this.label = saving.label();
        this.recipe = recipe;
        this.leases = leases;
        this.value = value;
        keep(saving.tensor());
    }

    private void keep(Tensor tensor) {
        lease = leases.share(tensor);
        version = tensor.version();
    }

    EvictionPool pool() {
        return pool;
    }

    EvictionValue value() {
        return value;
    }

    Recipe.Held recipe() {
        return recipe;
    }

    /** Those of the pool that it is computed from. */
    List<Evictable> sources() {
        return recipe.sources().stream()
                .filter(Evictable.class::isInstance)
                .map(Evictable.class::cast)
                .filter(source -> source.pool == pool)
                .toList();
    }

    boolean isEvicted() {
        return lease == null;
    }

    /** Something is being computed from it. */
    void pin() {
        pins++;
    }

    void unpin() {
        pins--;
    }

    /**
     * Whether evicting it frees its bytes, and what comes back is what is there: one that was modified stays, to be refused
     * when it is read.
     */
    boolean mayGo() {
        Tensor tensor = lease;
        return tensor != null && pins == 0 && !tensor.isClosed() && tensor.isExclusive() && tensor.version() == version;
    }

    /** Frees the bytes. */
    void evict() {
        close();
        value.evict();
    }

    /** Computes the tensor from its sources, which are there. */
    void compute() {
        Tensor made = recipe.make(leases);
        keep(made);
        made.close();
        value.comeBack();
    }

    /** The tensor, which is there. */
    Tensor tensor() {
        Tensor tensor = lease;
        if (tensor == null) {
            throw new IllegalStateException(describe() + " is evicted");
        }
        if (tensor.version() != version) {
            throw new IllegalStateException(describe() + " " + tensor.spec() + " is at version " + tensor.version()
                    + ", saved at " + version + ": modified in place by " + tensor.lastWriter());
        }
        return tensor;
    }

    private String describe() {
        return op + " backward" + (path.isEmpty() ? "" : " in " + path) + ": saved " + label;
    }

    /** Lets go of the lease. */
    void close() {
        Tensor tensor = lease;
        lease = null;
        if (tensor != null && !tensor.isClosed()) {
            tensor.close();
        }
    }

    @Override
    public Tensor unpack(TensorScope scope) {
        return scope.share(pool.bring(this));
    }

    /** The lease itself, so that whoever takes it may have the bytes to itself. */
    @Override
    public Tensor take(TensorScope scope) {
        try {
            Tensor tensor = pool.bring(this);
            lease = null;
            return tensor;
        } finally {
            discard();
        }
    }

    @Override
    public void discard() {
        close();
        pool.remove(this);
    }
}
