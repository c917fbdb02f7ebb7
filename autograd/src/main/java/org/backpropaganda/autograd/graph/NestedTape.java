package org.backpropaganda.autograd.graph;

import static java.util.Objects.requireNonNull;

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

    /** The one way to make a tape inside {@code outer}. */
    static Tape of(
            Tape outer, TensorScope parent, TapeSite where, TapeMode mode, Gradients gradients, Declared declared) {
        boolean again = where.kind() == TapeSite.Kind.AGAIN;
        TapeSettings settings = outer.settings().in(mode, again);
        Trace trace = where.trace();
        return new Tape(
                switch (where.kind()) {
                    case HERE ->
                        new NestedTape(
                                parent, outer.frame(), settings, gradients, outer.followers(), trace, false, declared);
                    case ASIDE -> {
                        boolean followed =
                                outer.isReplay() && trace == outer.followers().comparedWith();
                        CallFrame frame =
                                new CallFrame(requireNonNull(where.site()), parent, outer.isReplay()).inPart();
                        yield new NestedTape(
                                parent,
                                frame,
                                settings,
                                gradients,
                                outer.followers(),
                                followed ? null : trace,
                                false,
                                declared);
                    }
                    case AGAIN ->
                        new NestedTape(
                                parent,
                                again(where, parent),
                                settings,
                                gradients,
                                Followers.NONE,
                                trace,
                                true,
                                declared);
                });
    }

    private static CallFrame again(TapeSite where, TensorScope parent) {
        CallSite site = where.site();
        if (site != null) {
            return new CallFrame(site, parent, true).inPart();
        }
        return new CallFrame(requireNonNull(where.trace()).site(), parent, true);
    }

    /** Those that follow the tape, which owns {@code home}. */
    Followers followers(TensorScope home) {
        if (trace == null) {
            return around.inside(null);
        }
        return around.inside(compares ? new TraceReader(trace, home, frame.isPartial()) : new TraceWriter(trace, home));
    }
}
