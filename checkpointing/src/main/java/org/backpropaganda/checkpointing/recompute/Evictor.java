package org.backpropaganda.checkpointing.recompute;

import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.backpropaganda.autograd.graph.Recipe;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Evicts saved tensors that ops can compute again when an allocation would exceed the engine's byte budget, and computes them
 * again when backward, or another tensor that is computed again, reads them. The budget is never exceeded; where nothing is
 * left to evict the allocation is refused as without eviction. Every bit is that of plain backpropagation at a fixed number of
 * threads.
 *
 * <pre>{@code
 * try (Engine engine = Engine.builder().memoryBudgetBytes(200L << 20).build()) {
 *     Evictor evictor = new Evictor();
 *     try (Tape tape = Tape.builder(engine.scope("step")).policy(evictor.policy()).build()) {
 *         tape.backward(loss(tape)).close();
 *     }
 *     report(evictor.report());
 * }
 * }</pre>
 *
 * <p>Evicted is what minimises the cost of computing it again, together with the evicted tensors that hang together with it,
 * over bytes times staleness. No clock and no random number is asked: two runs evict the same, and so does a run of the same
 * budget in an engine {@linkplain Engine.Builder#withoutMemory() without memory}. What nobody can compute again stays: inputs,
 * what segments made, tensors that ops made for backward alone. So does what somebody else holds meanwhile, as a module call
 * that has not returned holds its values.
 *
 * <p>Source: Kirisame et al. 2021, "Dynamic Tensor Rematerialization", § 2 and § 4.1, h_DTR-eq. Deviations: only what backward
 * reads is evicted, not values that forward has yet to read; costs are counted from shapes, not timed; staleness counts
 * accesses; components of evicted tensors are split exactly when one of them comes back, where the paper only subtracts its
 * cost; every candidate is looked at, not a sample.
 *
 * <p>Thread-safe: one serves any number of tapes, engines and threads, each of which evicts its own tensors alone.
 */
public final class Evictor {
    private final Codec codec = new Codec();
    private final ConcurrentMap<Place, EvictionPool> pools = new ConcurrentHashMap<>();
    private final AtomicLong evictions = new AtomicLong();
    private final AtomicLong evictedBytes = new AtomicLong();
    private final AtomicLong rematerializations = new AtomicLong();
    private final AtomicLong recomputedOps = new AtomicLong();
    private final AtomicLong recomputedMultiplyAdds = new AtomicLong();

    /** Nothing is evicted yet. */
    public Evictor() {}

    private record Place(Engine engine, Thread thread) {}

    /** Puts every saved tensor that can be computed again at disposal. In an engine without a byte budget it keeps all. */
    public SavedTensorPolicy policy() {
        return over(SavedTensorPolicy.keep());
    }

    /** Does so with what {@code other} keeps, and leaves to it what it packs. */
    public SavedTensorPolicy over(SavedTensorPolicy other) {
        return saving -> {
            SavedTensorCodec chosen = other.choose(saving);
            return chosen == SavedTensorCodec.keep() && isEvictable(saving) ? codec : chosen;
        };
    }

    private static boolean isEvictable(Saving saving) {
        Recipe recipe = saving.recipe();
        return recipe != null
                && saving.tensor().engine().ledger().budgetBytes() != Long.MAX_VALUE
                && recipe.depth() >= 0;
    }

    /** What happened so far, in all engines and threads. */
    public EvictionReport report() {
        return new EvictionReport(
                evictions.get(),
                evictedBytes.get(),
                rematerializations.get(),
                recomputedOps.get(),
                recomputedMultiplyAdds.get());
    }

    void evicted(long bytes) {
        evictions.incrementAndGet();
        evictedBytes.addAndGet(bytes);
    }

    void rematerialized(Recipe.Held recipe) {
        rematerializations.incrementAndGet();
        recomputedOps.addAndGet(recipe.ops());
        recomputedMultiplyAdds.addAndGet(recipe.multiplyAdds());
    }

    /** The pool of an engine and the calling thread, which ends with the last tensor in it. */
    private EvictionPool pool(Engine engine) {
        Place place = new Place(engine, Thread.currentThread());
        return pools.computeIfAbsent(place, p -> new EvictionPool(this, engine, () -> pools.remove(p)));
    }

    private final class Codec implements SavedTensorCodec {
        @Override
        public String name() {
            return "evict";
        }

        @Override
        public boolean isExact() {
            return true;
        }

        @Override
        public Packed pack(Saving saving, TensorScope leases) {
            Recipe recipe = saving.recipe();
            if (recipe == null) {
                throw new IllegalStateException("evict: " + saving.label() + " of " + saving.op() + " has no recipe");
            }
            return pool(leases.engine()).add(saving, recipe.hold(), leases);
        }
    }
}
