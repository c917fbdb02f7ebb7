package org.backpropaganda.checkpointing.recompute;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.graph.Recipe;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryReclaimer;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What one thread may evict in one engine. The engine knows of it for as long as something is in it. */
final class EvictionPool implements MemoryReclaimer {
    /**
     * Multiply-adds that take about as long as reading or writing one byte. It ranks products of matrices against what only
     * passes over memory; results do not depend on it.
     */
    private static final long MULTIPLY_ADDS_PER_BYTE = 4;

    private final Evictor evictor;
    private final Runnable ended;
    private final MemoryReclaimer.Registration registration;
    private final Set<Evictable> all = new LinkedHashSet<>();
    private final Deque<Recipe.Held> released = new ArrayDeque<>();
    private boolean releasing;
    private long clock;
    private long evictions;
    private long evictedBytes;

    /**
     * An empty pool of the calling thread.
     *
     * @param ended what to do when it is empty again
     */
    EvictionPool(Evictor evictor, Engine engine, Runnable ended) {
        this.evictor = evictor;
        this.ended = ended;
        registration = engine.reclaimWith(this);
    }

    /** A tensor and its recipe, which is held. */
    synchronized Evictable add(Saving saving, Recipe.Held recipe, TensorScope leases) {
        EvictionValue value = new EvictionValue(
                clock++,
                saving.tensor().bytes(),
                recipe.multiplyAdds() + MULTIPLY_ADDS_PER_BYTE * recipe.touchedBytes(),
                clock);
        Evictable added = new Evictable(this, saving, recipe, leases, value);
        added.sources().forEach(source -> value.comesFrom(source.value()));
        all.add(added);
        return added;
    }

    /** The tensor, computed again if it was evicted, with all evicted ones that it is computed from. */
    synchronized Tensor bring(Evictable wanted) {
        Deque<Work> open = new ArrayDeque<>();
        try {
            open.push(new Work(wanted));
            while (wanted.isEvicted()) {
                advance(open);
            }
        } finally {
            open.forEach(Work::unpin);
        }
        wanted.value().access(++clock);
        return wanted.tensor();
    }

    /** One that is to be computed, and those that were computed for it, which stay until it is. */
    private static final class Work {
        private final Evictable wanted;
        private final List<Evictable> sources;
        private final List<Evictable> pinned = new ArrayList<>();

        Work(Evictable wanted) {
            this.wanted = wanted;
            this.sources = wanted.sources();
        }

        void pin(Evictable source) {
            source.pin();
            pinned.add(source);
        }

        void unpin() {
            pinned.forEach(Evictable::unpin);
        }
    }

    /**
     * Goes for the first source that is evicted, or computes what all sources are there of. A source that was there from the
     * beginning may go while another one is computed: it is fresh, and goes only if nothing else can.
     */
    private void advance(Deque<Work> open) {
        Work work = open.element();
        for (Evictable source : work.sources) {
            if (source.isEvicted()) {
                work.sources.forEach(other -> other.value().access(clock));
                open.push(new Work(source));
                return;
            }
        }
        work.sources.forEach(work::pin);
        work.wanted.compute();
        evictor.rematerialized(work.wanted.recipe());
        work.wanted.value().access(++clock);
        open.pop().unpin();
        if (!open.isEmpty()) {
            open.element().pin(work.wanted);
        }
    }

    /** One that nobody will read again. What it was computed from goes with it, one after another. */
    synchronized void remove(Evictable gone) {
        if (!all.remove(gone)) {
            return;
        }
        gone.value().end();
        released.add(gone.recipe());
        if (!releasing) {
            releasing = true;
            try {
                while (!released.isEmpty()) {
                    released.remove().release();
                }
            } finally {
                releasing = false;
            }
        }
        if (all.isEmpty()) {
            registration.close();
            ended.run();
        }
    }

    @Override
    public synchronized long release(long missing) {
        long freed = 0;
        while (freed < missing) {
            Evictable next = next();
            if (next == null) {
                break;
            }
            next.evict();
            long bytes = next.value().bytes();
            freed += bytes;
            evictions++;
            evictedBytes += bytes;
            evictor.evicted(bytes);
        }
        return freed;
    }

    private @Nullable Evictable next() {
        Evictable first = null;
        for (Evictable candidate : all) {
            if (candidate.mayGo() && (first == null || candidate.value().goesBefore(first.value(), clock))) {
                first = candidate;
            }
        }
        return first;
    }

    @Override
    public synchronized String describe() {
        List<Evictable> present =
                all.stream().filter(evictable -> !evictable.isEvicted()).toList();
        long bytes = present.stream()
                .mapToLong(evictable -> evictable.value().bytes())
                .sum();
        return "of saved tensors that can be computed again " + present.size() + " of " + bytes
                + " bytes are in use and cannot be evicted, and " + evictions + " evictions have freed " + evictedBytes
                + " bytes";
    }
}
