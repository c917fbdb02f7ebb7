package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** The calls that are running on one tape: entered, followed and left. */
final class CallStack {
    private final Followers followers;
    private final TapeSettings settings;
    private final CallFrame outermost;
    private final Deque<StateBefore> replayed = new ArrayDeque<>();
    private CallFrame frame;

    CallStack(CallFrame frame, Followers followers, TapeSettings settings) {
        this.outermost = frame;
        this.frame = frame;
        this.followers = followers;
        this.settings = settings;
    }

    /** The innermost call. */
    CallFrame frame() {
        return frame;
    }

    ModuleCall enter(Callee callee, List<Variable> arguments) {
        CallFrame caller = frame;
        StateBefore before = caller.isReplay() ? stateOf(callee) : null;
        if (before != null) {
            replayed.push(before);
        }
        frame = entering(callee);
        if (!followers.isEmpty()) {
            followers.called(caller, frame, caller.nameOf(callee), arguments);
        }
        return new ModuleCall(this, caller, frame, before);
    }

    /** What a replay has to leave as it is: of the callee itself, and on request of all in it, noted once. */
    private StateBefore stateOf(Callee callee) {
        String path = CallSite.joined(frame.path(), frame.nameOf(callee));
        return settings.check() != null && (frame == outermost || frame.isPartial())
                ? StateBefore.ofAllIn(callee, path)
                : StateBefore.of(callee, path);
    }

    ModuleCall enterPart(Callee callee) {
        CallFrame caller = frame;
        frame = entering(callee).inPart();
        return new ModuleCall(this, caller, frame, null);
    }

    private CallFrame entering(Callee callee) {
        CallSite entered = frame.enter(callee);
        CallSite site = entered.in(modeOf(callee, entered.mode()));
        settings.observer().entered(callee, site.path(), frame.isReplay());
        return new CallFrame(site, LEDGER.childAt(frame.scope(), site.path()), frame.isReplay());
    }

    /** A tape may be told otherwise than the callee has it. */
    private CallMode modeOf(Callee callee, CallMode caller) {
        SavedTensorPolicy policy = callee.policy(caller.policy());
        return settings.modeOf(callee, policy == caller.policy() ? caller : caller.with(policy));
    }

    /** The innermost call has succeeded. */
    void returned(List<Variable> results) {
        followers.returned(frame, results);
        settings.observer().returned(frame.path(), results);
    }

    /**
     * Checks that the calls that are running and were made before have changed nothing, because they will not return.
     *
     * @throws IllegalStateException that tells what has changed
     */
    void checkReplayed() {
        replayed.forEach(StateBefore::check);
    }

    /**
     * A call has ended: its caller goes on.
     *
     * @param before what it must have left as it is, if it was made before
     */
    void backIn(CallFrame caller, boolean returned, @Nullable StateBefore before) {
        if (before != null) {
            replayed.remove(before);
        }
        String path = frame.path();
        frame = caller;
        if (!returned) {
            settings.observer().abandoned(path);
        }
    }

    /** Runs {@code body} in a scope of its own, whose results are booked under a path. */
    void bookedAt(String path, Runnable body) {
        CallFrame caller = frame;
        try (TensorScope scope = LEDGER.childAt(caller.scope(), path)) {
            frame = caller.bookedAt(path, scope);
            body.run();
        } finally {
            frame = caller;
        }
    }
}
