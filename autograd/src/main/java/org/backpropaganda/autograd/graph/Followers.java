package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * All that follow what a tape computes.
 *
 * @param all those of the segments around it, and its own behind them
 * @param own follows the tape's own segment, if anything does
 */
record Followers(List<Follower> all, @Nullable Follower own) {
    static final Followers NONE = new Followers(List.of(), null);

    /** Those of a tape inside this one's. */
    Followers inside(@Nullable Follower another) {
        List<Follower> more = new ArrayList<>(all);
        if (another != null) {
            more.add(another);
        }
        return new Followers(List.copyOf(more), another);
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Whether the op that was told of last is the last one of the tape's own segment that a replay has to record. */
    boolean endsReplay() {
        return own instanceof TraceReader reader && reader.isAtEnd();
    }

    /** The trace that the innermost replay is compared with, or null where there is none. */
    @Nullable
    Trace comparedWith() {
        for (int i = all.size() - 1; i >= 0; i--) {
            if (all.get(i) instanceof TraceReader reader) {
                return reader.trace();
            }
        }
        return null;
    }

    /**
     * The trace that the innermost replay is compared with.
     *
     * @throws IllegalStateException if there is none
     */
    Trace firstRun() {
        Trace trace = comparedWith();
        if (trace == null) {
            throw new IllegalStateException("this is no replay that is compared with a first run");
        }
        return trace;
    }

    /** An input of the tape's own segment; those around know it already. */
    void entered(Tensor input) {
        if (own != null) {
            own.entered(input);
        }
    }

    /** A result of the tape's own segment. */
    void left(Variable result) {
        if (own instanceof TraceWriter writer) {
            writer.left(result);
        }
    }

    /** All results of the tape's own segment. */
    void finished(List<Variable> results) {
        if (own instanceof TraceReader reader) {
            reader.finished(results);
        }
    }

    void constant(CallFrame frame, Tensor tensor) {
        for (Follower follower : all) {
            follower.constant(frame, tensor);
        }
    }

    /** The state as the first run saw it: that of the outermost first run, if several nested ones see it. */
    Tensor state(CallFrame frame, Tensor state) {
        Tensor seen = state;
        for (Follower follower : all) {
            seen = follower.state(frame, seen);
        }
        return seen;
    }

    List<Origin.Made> applied(CallFrame frame, Op op, List<Variable> inputs, TensorSpec output) {
        List<Origin.Made> places = new ArrayList<>(all.size());
        for (Follower follower : all) {
            places.add(follower.applied(frame, op, inputs, output));
        }
        return places;
    }

    void produced(List<Origin.Made> places, Tensor output, List<Tensor> results) {
        for (int i = 0; i < places.size(); i++) {
            all.get(i).produced(places.get(i), output, results);
        }
    }

    /** An op has computed its results, which nothing has modified yet. */
    void computed(CallFrame frame, List<Origin.Made> places, Tensor output, List<Tensor> results) {
        if (places.isEmpty() || all.get(0).trace().check() == null) {
            return;
        }
        List<Tensor> tensors = new ArrayList<>(results);
        tensors.add(0, output);
        long checksum = Checksum.of(tensors);
        for (int i = 0; i < places.size(); i++) {
            all.get(i).values(frame, places.get(i), checksum);
        }
    }

    /** What the tape's own segment computes begins from values that differ from the first run's by rounding. */
    void beginsFromRounded() {
        if (own != null) {
            own.beginsFromRounded();
        }
    }

    /** Where the inputs of a segment come from, told before it may consume them. */
    List<List<Origin>> origins(List<Variable> inputs) {
        List<List<Origin>> origins = new ArrayList<>(all.size());
        for (Follower follower : all) {
            origins.add(follower.origins(inputs));
        }
        return origins;
    }

    void segment(CallFrame frame, String name, List<List<Origin>> inputs, List<Tensor> outputs) {
        for (int i = 0; i < all.size(); i++) {
            all.get(i).segment(frame, name, inputs.get(i), outputs);
        }
    }

    void called(CallFrame caller, CallFrame callee, String name, List<Variable> arguments) {
        for (Follower follower : all) {
            follower.called(caller, callee, name, arguments);
        }
    }

    void returned(CallFrame callee, List<Variable> results) {
        for (Follower follower : all) {
            follower.returned(callee, results);
        }
    }
}
