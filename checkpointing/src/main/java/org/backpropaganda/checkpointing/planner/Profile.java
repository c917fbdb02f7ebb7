package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;
import org.backpropaganda.autograd.graph.Callee;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * The clock beside the ops of real steps: each op took what has passed since the event before it. What is computed again while an
 * op is differentiated is not part of that, and ops whose saved tensors a codec packs are left out, as packing has a price of its
 * own.
 */
final class Profile extends TimeCount implements ShapeStep.Watcher {
    /**
     * What was timed.
     *
     * @param work an op with its attributes, or the name of a segment
     * @param backward whether it was differentiated
     */
    record Key(Object work, List<TensorSpec> inputs, List<Boolean> needs, List<TensorSpec> outputs, boolean backward) {
        static Key of(Op op, Operands inputs, TensorSpec output, boolean backward) {
            return new Key(op, inputs.specs(), inputs.needs(), List.of(output), backward);
        }
    }

    private final CostModel counted;
    private final Map<Key, List<Long>> nanos = new HashMap<>();
    private final Map<Key, Long> prices = new HashMap<>();
    private final Set<String> packed = new HashSet<>();
    private final LongSupplier clock;
    private @Nullable Key running;
    private long last;

    /**
     * Of no step yet.
     *
     * @param clock in nanoseconds, from anywhere
     */
    Profile(CostModel counted, LongSupplier clock) {
        super(counted);
        this.counted = counted;
        this.clock = clock;
        this.last = clock.getAsLong();
    }

    /** The median of each, in nanoseconds. */
    Map<Key, Long> medians() {
        Map<Key, Long> medians = new HashMap<>();
        nanos.forEach((key, times) -> {
            List<Long> sorted = new ArrayList<>(times);
            Collections.sort(sorted);
            medians.put(key, sorted.get(sorted.size() / 2));
        });
        return medians;
    }

    /** Whether all that another has timed was timed here too. */
    boolean covers(Profile other) {
        return nanos.keySet().containsAll(other.nanos.keySet());
    }

    /** Measured time over counted time, of all that was timed. */
    double pace() {
        long measured = 0;
        long price = 0;
        for (Map.Entry<Key, Long> median : medians().entrySet()) {
            long often = nanos.getOrDefault(median.getKey(), List.of()).size();
            measured += often * median.getValue();
            price += often * prices.getOrDefault(median.getKey(), 0L);
        }
        return price == 0 ? 1 : 1000.0 * measured / price;
    }

    /** Something has happened: what was being differentiated has ended. */
    private void event() {
        long now = clock.getAsLong();
        if (running != null) {
            took(running, now - last);
            running = null;
        }
        last = now;
    }

    private void took(Key key, long elapsed) {
        nanos.computeIfAbsent(key, each -> new ArrayList<>()).add(elapsed);
    }

    /** Something has run forward, perhaps for what is being differentiated, which goes on then. */
    private void ended(Key key, long price, boolean counts) {
        long now = clock.getAsLong();
        if (counts) {
            prices.put(key, price);
            took(key, now - last);
        }
        last = clock.getAsLong();
    }

    private void begins(Key key, long price, boolean counts) {
        if (counts) {
            prices.put(key, price);
            running = key;
        }
        last = clock.getAsLong();
    }

    private static String place(String path, String op) {
        return path + ' ' + op;
    }

    @Override
    public void applied(Op op, Operands inputs, TensorSpec output, String path, boolean replay) {
        ended(
                Key.of(op, inputs, output, false),
                counted.forward(op, inputs, output),
                !packed.contains(place(path, op.name())));
        super.applied(op, inputs, output, path, replay);
    }

    @Override
    public void differentiated(Op op, Operands inputs, TensorSpec output, String path) {
        event();
        super.differentiated(op, inputs, output, path);
        begins(
                Key.of(op, inputs, output, true),
                counted.backward(op, inputs, output),
                !packed.contains(place(path, op.name())));
    }

    @Override
    public void ran(String name, List<TensorSpec> inputs, List<TensorSpec> outputs, String path, boolean replay) {
        ended(
                new Key(name, inputs, List.of(), outputs, false),
                counted.segment(name, inputs, outputs),
                !packed.contains(place(path, name)));
        super.ran(name, inputs, outputs, path, replay);
    }

    @Override
    public void ranBack(String name, List<TensorSpec> outputs, String path) {
        event();
        super.ranBack(name, outputs, path);
        begins(
                new Key(name, List.of(), List.of(), outputs, true),
                counted.segmentBackward(name, outputs),
                !packed.contains(place(path, name)));
    }

    @Override
    public void saved(Saving saving, SavedTensorCodec codec, long grown) {
        super.saved(saving, codec, grown);
        if (counted.packing(codec, saving.spec()) > 0) {
            packed.add(place(saving.path(), saving.op()));
        }
    }

    @Override
    public void entered(Callee callee, String path, boolean replay) {
        event();
    }

    @Override
    public void returned(String path, List<Variable> results) {
        event();
    }

    @Override
    public void goesBack(Tape tape, int number) {
        event();
    }

    @Override
    public void gradient(String op, String path, Tensor gradient) {
        event();
    }

    @Override
    public void ended() {
        event();
    }
}
