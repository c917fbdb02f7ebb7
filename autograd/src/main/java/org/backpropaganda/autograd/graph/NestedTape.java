package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * What a tape inside another one is made of.
 *
 * @param parent its results end with this scope
 * @param frame where it begins
 * @param around those that follow it because it carries on what they follow
 * @param trace of its own segment; null if nothing of it is replayed
 * @param compares whether it is compared with the trace, instead of writing it
 * @param declared the parameters that its segment trains
 */
record NestedTape(
        TensorScope parent,
        CallFrame frame,
        TapeSettings settings,
        Gradients gradients,
        Followers around,
        @Nullable Trace trace,
        boolean compares,
        Declared declared) {

    /** One that carries on the call that runs on another tape: calls count, and whoever follows goes on. */
    static Tape carryingOn(
            Tape outer, TapeSettings settings, Gradients gradients, @Nullable Trace written, Declared declared) {
        return new Tape(new NestedTape(
                outer.scope(), outer.frame(), settings, gradients, outer.followers(), written, false, declared));
    }

    /** One for a computation aside from the running call: its calls do not count there. */
    static Tape aside(Tape outer, TapeSettings settings, @Nullable Trace written, CallSite site, Declared declared) {
        CallFrame frame = new CallFrame(site, outer.scope()).inPart();
        return new Tape(new NestedTape(
                outer.scope(), frame, settings, outer.gradients(), outer.followers(), written, false, declared));
    }

    /** One that computes again what left a trace: all of it, from its site, or calls out of it, from another one. */
    static Tape replay(
            TensorScope parent,
            @Nullable CallSite part,
            TapeSettings settings,
            Gradients gradients,
            Trace compared,
            Declared declared) {
        CallFrame frame = part == null ? new CallFrame(compared.site(), parent) : new CallFrame(part, parent).inPart();
        return new Tape(new NestedTape(parent, frame, settings, gradients, Followers.NONE, compared, true, declared));
    }

    /** Those that follow the tape, which owns {@code home}. */
    Followers followers(TensorScope home) {
        if (trace == null) {
            return around.inside(null);
        }
        return around.inside(compares ? new TraceReader(trace, home) : new TraceWriter(trace, home));
    }
}
