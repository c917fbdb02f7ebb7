package org.backpropaganda.checkpointing.recompute;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A tensor as the heuristic sees it: figures, and what it is computed from and goes into. */
final class EvictionValue {
    /** Evicted values of which each is computed from, or goes into, another one of them. */
    private static final class Component {
        private final Set<EvictionValue> members = new LinkedHashSet<>();
        private long cost;

        void add(EvictionValue value) {
            members.add(value);
            cost += value.cost;
            value.component = this;
        }
    }

    private final long number;
    private final long bytes;
    private final long cost;
    private final List<EvictionValue> neighbors = new ArrayList<>();
    private long accessed;
    private @Nullable Component component;

    /**
     * A value that is there.
     *
     * @param number in the order of time
     * @param bytes that evicting it frees
     * @param cost of computing it from what it is computed from
     * @param accessed when it was made
     */
    EvictionValue(long number, long bytes, long cost, long accessed) {
        this.number = number;
        this.bytes = bytes;
        this.cost = cost;
        this.accessed = accessed;
    }

    /** It is computed from {@code source}. */
    void comesFrom(EvictionValue source) {
        neighbors.add(source);
        source.neighbors.add(this);
    }

    /** It was made or read. */
    void access(long clock) {
        accessed = clock;
    }

    boolean isEvicted() {
        return component != null;
    }

    long bytes() {
        return bytes;
    }

    /** Joins its component with those of its evicted neighbors. */
    void evict() {
        Component own = new Component();
        own.add(this);
        for (EvictionValue neighbor : neighbors) {
            Component other = neighbor.component;
            Component mine = component;
            if (other != null && mine != null && other != mine) {
                boolean smaller = other.members.size() < mine.members.size();
                Component into = smaller ? mine : other;
                (smaller ? other : mine).members.forEach(into::add);
            }
        }
    }

    /** Leaves its component, which may fall apart. */
    void comeBack() {
        Component left = component;
        if (left == null) {
            return;
        }
        component = null;
        left.members.remove(this);
        left.cost -= cost;
        if (neighbors.stream().filter(EvictionValue::isEvicted).count() > 1) {
            Set<EvictionValue> apart = new LinkedHashSet<>(left.members);
            apart.forEach(value -> value.component = null);
            while (!apart.isEmpty()) {
                connect(apart.iterator().next(), apart);
            }
        }
    }

    /** Makes a component of all that hangs together with a value. */
    private static void connect(EvictionValue first, Set<EvictionValue> apart) {
        Component component = new Component();
        Deque<EvictionValue> reached = new ArrayDeque<>();
        apart.remove(first);
        reached.add(first);
        while (!reached.isEmpty()) {
            EvictionValue value = reached.remove();
            component.add(value);
            for (EvictionValue neighbor : value.neighbors) {
                if (apart.remove(neighbor)) {
                    reached.add(neighbor);
                }
            }
        }
    }

    /** Nobody will read it, or compute from it, again. */
    void end() {
        comeBack();
        neighbors.forEach(neighbor -> neighbor.neighbors.removeIf(other -> other == this));
        neighbors.clear();
    }

    /** h_DTR-eq: the lowest goes first. */
    double score(long clock) {
        long neighborhood = 0;
        Set<Component> counted = Collections.newSetFromMap(new IdentityHashMap<>());
        for (EvictionValue neighbor : neighbors) {
            Component evicted = neighbor.component;
            if (evicted != null && counted.add(evicted)) {
                neighborhood += evicted.cost;
            }
        }
        return score(cost, neighborhood, bytes, clock - accessed + 1);
    }

    /**
     * The heuristic.
     *
     * @param cost of computing the value
     * @param neighborhood cost of the evicted values that would have to be computed with it, or for it
     * @param staleness accesses of anything since its own last one, from 1
     */
    static double score(long cost, long neighborhood, long bytes, long staleness) {
        return ((double) cost + neighborhood) / ((double) bytes * staleness);
    }

    /** Whether it goes before another one; of equals the older does. */
    boolean goesBefore(EvictionValue other, long clock) {
        int order = Double.compare(score(clock), other.score(clock));
        return order < 0 || (order == 0 && number < other.number);
    }
}
