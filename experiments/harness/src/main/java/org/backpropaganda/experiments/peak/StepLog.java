package org.backpropaganda.experiments.peak;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Objects;
import org.backpropaganda.autograd.tensor.AllocationWatcher;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * All that happens to memory in one training step: every block of bytes, every op and segment, in order, with times.
 *
 * <pre>{@code
 * StepLog log = new StepLog();
 * engine.watch(log);
 * log.beginStep();
 * step();
 * engine.watch(null);
 * Peak peak = Peak.of(log);
 * }</pre>
 *
 * <p>Thread-safe; but which op made a block is known only where one thread computes.
 */
public final class StepLog implements AllocationWatcher {
    private static final String KEEP = "keep";

    private final IdentityHashMap<Object, LoggedBlock> alive = new IdentityHashMap<>();
    private final List<LoggedBlock> blocks = new ArrayList<>();
    private final List<Event> events = new ArrayList<>();
    private final List<LoggedCall> calls = new ArrayList<>();
    private final Deque<LoggedCall> running = new ArrayDeque<>();
    private int before;
    private long startNanos = System.nanoTime();
    private @Nullable Packing packing;

    /** An empty log. */
    public StepLog() {}

    /** What became of a block. */
    public enum Change {
        /** It was allocated, or was there when the step began. */
        ALLOCATED,
        /** It is booked otherwise. */
        BOOKED,
        /** It was freed. */
        FREED
    }

    /**
     * A change of one block.
     *
     * @param kind as which it is booked from now on, or was until now
     * @param path under which it is
     * @param nanos since the step began
     */
    public record Event(Change change, LoggedBlock block, MemoryKind kind, String path, long nanos) {}

    private record Packing(String codec, String reader) {}

    private record Booked(MemoryKind kind, String path) {}

    private final IdentityHashMap<LoggedBlock, Booked> booked = new IdentityHashMap<>();

    /** The step begins: what was told until now was there before it. */
    public synchronized void beginStep() {
        before = events.size();
        startNanos = System.nanoTime();
    }

    @Override
    public synchronized void allocated(Object block, TensorSpec spec, MemoryKind kind, String path) {
        LoggedBlock made = new LoggedBlock(blocks.size(), spec, running.peek());
        if (packing != null && kind == MemoryKind.ACTIVATION) {
            made.saved(packing.reader());
            made.packedBy(packing.codec());
        }
        blocks.add(made);
        alive.put(block, made);
        note(Change.ALLOCATED, made, kind, path);
    }

    @Override
    public synchronized void booked(Object block, MemoryKind kind, String path) {
        note(Change.BOOKED, known(block), kind, path);
    }

    @Override
    public synchronized void freed(Object block) {
        LoggedBlock gone = known(block);
        Booked was = Objects.requireNonNull(booked.get(gone));
        note(Change.FREED, gone, was.kind(), was.path());
        alive.remove(block);
        booked.remove(gone);
    }

    private LoggedBlock known(Object block) {
        LoggedBlock found = alive.get(block);
        if (found == null) {
            throw new IllegalStateException(
                    "step log: told of a block that was never allocated; watch the engine while no other thread computes");
        }
        return found;
    }

    private void note(Change change, LoggedBlock block, MemoryKind kind, String path) {
        booked.put(block, new Booked(kind, path));
        events.add(new Event(change, block, kind, path, now()));
    }

    private long now() {
        return System.nanoTime() - startNanos;
    }

    @Override
    public synchronized void begins(String name, String path, Phase phase) {
        packing = null;
        LoggedCall call = new LoggedCall(name, path, phase, running.peek(), now());
        calls.add(call);
        running.push(call);
    }

    @Override
    public synchronized void ends() {
        packing = null;
        // One that began before the log did.
        if (!running.isEmpty()) {
            running.pop().ended(now());
        }
    }

    @Override
    public synchronized void saved(Object block, String reader, String label, String codec) {
        LoggedBlock saved = known(block);
        String words = LoggedBlock.words(reader, label);
        if (codec.equals(KEEP)) {
            packing = null;
            saved.saved(words);
        } else {
            packing = new Packing(codec, words);
            saved.packedBy(codec);
        }
    }

    /** Everything that changed, what was there before the step first. */
    public synchronized List<Event> events() {
        return List.copyOf(events);
    }

    /** How many of the events tell of what was there before the step. */
    public synchronized int eventsBefore() {
        return before;
    }

    /** The ops and segments of the step, in the order in which they began. */
    public synchronized List<LoggedCall> calls() {
        return Collections.unmodifiableList(new ArrayList<>(calls));
    }

    /** The blocks, in the order of allocation. */
    public synchronized List<LoggedBlock> blocks() {
        return List.copyOf(blocks);
    }

    /**
     * How many of the events had happened when the most bytes were alive in the step, for the first time.
     *
     * @throws IllegalStateException if nothing was logged
     */
    public synchronized int eventsToPeak() {
        if (events.isEmpty()) {
            throw new IllegalStateException("step log: nothing was logged; watch the engine during a step");
        }
        long live = 0;
        long most = 0;
        int at = before;
        for (int i = 0; i < events.size(); i++) {
            Event event = events.get(i);
            live += event.change() == Change.ALLOCATED
                    ? event.block().bytes()
                    : event.change() == Change.FREED ? -event.block().bytes() : 0;
            if (i < before) {
                most = live;
            } else if (live > most) {
                most = live;
                at = i + 1;
            }
        }
        return at;
    }
}
