package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.List;
import org.jspecify.annotations.Nullable;

/** A module call in progress. Close it in any case; {@link #returning} first, if it succeeds. */
public final class ModuleCall implements AutoCloseable {
    private final CallStack calls;
    private final CallFrame caller;
    private final CallFrame frame;
    private final @Nullable StateBefore before;
    private boolean returned;

    /**
     * A call that begins.
     *
     * @param before what it must leave as it is, if it was made before
     */
    ModuleCall(CallStack calls, CallFrame caller, CallFrame frame, @Nullable StateBefore before) {
        this.calls = calls;
        this.caller = caller;
        this.frame = frame;
        this.before = before;
    }

    /** Moves results to the caller's scope. */
    public List<Variable> returning(List<Variable> results) {
        for (Variable result : results) {
            if (frame.scope().owns(result.value())) {
                LEDGER.adopt(caller.scope(), result.value());
            }
        }
        returned = true;
        calls.returned(results);
        if (before != null) {
            before.check();
        }
        return results;
    }

    @Override
    public void close() {
        frame.scope().close();
        calls.backIn(caller, returned, before);
    }
}
