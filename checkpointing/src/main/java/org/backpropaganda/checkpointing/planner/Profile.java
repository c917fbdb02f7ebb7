package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

/** The clock beside the ops of real steps: each op took what has passed since the event before it. */
final class Profile extends TimeCount {
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

    private final Map<Key, List<Long>> nanos = new HashMap<>();
    private @Nullable Key running;
    private long last = System.nanoTime();

    Profile(CostModel counted) {
        super(counted);
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

    /** Measured time over counted time. */
    double pace() {
        long measured = nanos.values().stream()
                .flatMap(List::stream)
                .mapToLong(Long::longValue)
                .sum();
        return time() == 0 ? 1 : 1000.0 * measured / time();
    }

    /** Something has happened: what was being differentiated has ended. */
    private void event() {
        long now = System.nanoTime();
        if (running != null) {
            took(running, now - last);
            running = null;
        }
        last = now;
    }

    private void took(Key key, long elapsed) {
        nanos.computeIfAbsent(key, each -> new ArrayList<>()).add(elapsed);
    }

    private void ended(Key key) {
        long now = System.nanoTime();
        took(key, now - last);
        running = null;
        last = System.nanoTime();
    }

    @Override
    public void applied(Op op, Operands inputs, TensorSpec output, String path, boolean replay) {
        ended(Key.of(op, inputs, output, false));
        super.applied(op, inputs, output, path, replay);
    }

    @Override
    public void differentiated(Op op, Operands inputs, TensorSpec output, String path) {
        event();
        super.differentiated(op, inputs, output, path);
        running = Key.of(op, inputs, output, true);
        last = System.nanoTime();
    }

    @Override
    public void ran(String name, List<TensorSpec> inputs, List<TensorSpec> outputs, String path, boolean replay) {
        ended(new Key(name, inputs, List.of(), outputs, false));
        super.ran(name, inputs, outputs, path, replay);
    }

    @Override
    public void ranBack(String name, List<TensorSpec> outputs, String path) {
        event();
        super.ranBack(name, outputs, path);
        running = new Key(name, List.of(), List.of(), outputs, true);
        last = System.nanoTime();
    }

    @Override
    public void saved(Saving saving, SavedTensorCodec codec, long grown) {
        super.saved(saving, codec, grown);
        event();
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
}
