package org.backpropaganda.autograd.graph;

import java.util.List;

/** A module call in progress. Close it in any case; {@link #returning} first, if it succeeds. */
public final class ModuleCall implements AutoCloseable {
    private final Tape tape;
    private final CallFrame caller;
    private final CallFrame frame;

    ModuleCall(Tape tape, CallFrame caller, CallFrame frame) {
        this.tape = tape;
        this.caller = caller;
        this.frame = frame;
    }

    /** Moves results to the caller's scope. */
    public List<Variable> returning(List<Variable> results) {
        for (Variable result : results) {
            if (frame.scope().owns(result.value())) {
                caller.scope().adopt(result.value());
            }
        }
        tape.settings().observer().returned(frame.path(), results);
        return results;
    }

    @Override
    public void close() {
        frame.scope().close();
        tape.backIn(caller);
    }
}
