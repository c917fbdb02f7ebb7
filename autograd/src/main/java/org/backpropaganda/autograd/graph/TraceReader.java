package org.backpropaganda.autograd.graph;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** Compares with a trace. */
final class TraceReader extends Follower {
    private final Map<Long, Integer> steps = new HashMap<>();
    private final boolean partial;
    private int entered;
    private boolean stopping;
    private boolean stopped;
    private int opsLeft;

    /**
     * Compares a computation with its first run.
     *
     * @param partial whether only some calls of it are made, with whatever arguments
     */
    TraceReader(Trace trace, TensorScope home, boolean partial) {
        super(trace, home);
        this.partial = partial;
    }

    @Override
    int step(CallFrame frame, TraceEvent event) {
        int step = steps.merge(frame.key(), 1, Integer::sum) - 1;
        List<TraceEvent> events = trace().events(frame.key());
        String difference = step < events.size()
                ? events.get(step).difference(event, trace().newerWeights())
                : "the first run had ended, the replay goes on with " + event;
        refuse(difference, frame.path(), "step " + step + ": ");
        return step;
    }

    private void refuse(String difference, String path, String where) {
        if (!difference.isEmpty()) {
            throw new IllegalStateException(trace().describe(path) + " differs from the first run: " + where
                    + difference + "; what a segment computes must depend on its inputs, unmodified weights and its"
                    + " random key alone (state: Tape.state)");
        }
    }

    @Override
    int alias(int sameBytes) {
        int number = entered++;
        return !partial && number < trace().inputs().size() ? trace().inputs().get(number) : number;
    }

    @Override
    @Nullable
    Origin firstKnown(CallFrame callee, int number) {
        List<TraceEvent> events = trace().events(callee.key());
        if (events.isEmpty() || !events.get(0).isBegin()) {
            return null;
        }
        List<Origin> first = events.get(0).inputs();
        return number < first.size() ? first.get(number) : null;
    }

    @Override
    void inputValues(int number, TensorSpec spec, long checksum) {
        if (!partial && differ(trace().inputValues(number), checksum)) {
            refuseValues("input " + number + " " + spec, trace().site().path(), "");
        }
    }

    @Override
    void values(CallFrame frame, Origin.Made place, long checksum) {
        if (differ(trace().values(place), checksum)) {
            refuseValues(
                    trace().events(frame.key()).get(place.step()).toString(),
                    frame.path(),
                    "step " + place.step() + ": ");
        }
    }

    /** Whether values can be compared and are others. */
    private boolean differ(long first, long now) {
        if (now == Checksum.NONE) {
            return false;
        }
        ReplayCheck check = requireNonNull(trace().check());
        if (first == Checksum.NONE) {
            check.passedOver();
            return false;
        }
        check.passed();
        return first != now;
    }

    private void refuseValues(String what, String path, String where) {
        refuse(what + " has other values now, and nothing compared before it has", path, where);
    }

    @Override
    Tensor state(CallFrame frame, Origin place, Tensor state) {
        return trace().kept(place, frame.path());
    }

    /**
     * Refuses an end in front of something that the first run did.
     *
     * @param mayMiss what may be missing, as the return of a call that stands in the place of the segment's own
     */
    private void refuseRest(String how, Predicate<TraceEvent> mayMiss) {
        List<TraceEvent> events = trace().events(trace().site().key());
        for (int step = steps.getOrDefault(trace().site().key(), 0); step < events.size(); step++) {
            if (!mayMiss.test(events.get(step))) {
                refuse("was " + events.get(step) + ", " + how, trace().site().path(), "step " + step + ": ");
            }
        }
    }

    /** Tells whether the results of the next call from here are not read: then it may end when all is saved, unless values are compared. */
    void stopNext(boolean stop) {
        stopping = stop && trace().check() == null;
        opsLeft = 0;
    }

    /**
     * The computation has ended in a call.
     *
     * @throws IllegalStateException if that was not the last call of the first run: what comes behind it would be lost
     */
    void stopped() {
        stopped = true;
        if (!partial) {
            refuseRest("the replay ends in a call that this follows", TraceEvent::isEnd);
        }
    }

    /** Whether the last op of a call was told of whose result nobody reads. */
    boolean isAtEnd() {
        return stopping && opsLeft == 0;
    }

    @Override
    Origin.Made applied(CallFrame frame, Op op, List<Variable> inputs, TensorSpec output) {
        Origin.Made place = super.applied(frame, op, inputs, output);
        opsLeft--;
        return place;
    }

    @Override
    void called(CallFrame caller, CallFrame callee, String name, List<Variable> arguments) {
        super.called(caller, callee, name, arguments);
        if (stopping && caller.depth() == trace().site().depth()) {
            opsLeft = trace().opsToTheLast(callee.key());
        }
    }

    /** Checks what the whole computation gives, unless it is made in part or has ended early: what was computed was checked. */
    void finished(List<Variable> results) {
        if (partial || stopped) {
            return;
        }
        refuseRest("the replay has ended", event -> false);
        refuse(
                trace().result().difference(results(results), trace().newerWeights()),
                trace().site().path(),
                "");
    }
}
