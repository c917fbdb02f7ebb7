package org.backpropaganda.autograd.graph;

import java.util.HashMap;
import java.util.Map;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** One call on a tape: who runs, under which path and random key, and the scope of its temporaries. */
final class CallFrame {
    private final CallSite site;
    private final TensorScope scope;
    private final Map<String, Integer> calls;
    private final String bookedPath;
    private final boolean partial;
    private final boolean replay;

    /**
     * A call that begins.
     *
     * @param replay whether it was made before
     */
    CallFrame(CallSite site, TensorScope scope, boolean replay) {
        this(site, scope, new HashMap<>(site.calls()), site.path(), false, replay);
    }

    private CallFrame(
            CallSite site,
            TensorScope scope,
            Map<String, Integer> calls,
            String bookedPath,
            boolean partial,
            boolean replay) {
        this.site = site;
        this.scope = scope;
        this.calls = calls;
        this.bookedPath = bookedPath;
        this.partial = partial;
        this.replay = replay;
    }

    /** The same call going on in another scope: calls of children count on. */
    CallFrame continued(TensorScope other) {
        return new CallFrame(site, other, calls, bookedPath, partial, replay);
    }

    /** The same call, with results booked under the path of another one. */
    CallFrame bookedAt(String otherPath, TensorScope other) {
        return new CallFrame(site, other, calls, otherPath, partial, replay);
    }

    /** The same call, of which only calls of children are made: the rest of it is not computed. */
    CallFrame inPart() {
        return new CallFrame(site, scope, calls, bookedPath, true, replay);
    }

    /** Whether the call was made before: then effects are held back. */
    boolean isReplay() {
        return replay;
    }

    /** How modules behave. */
    CallMode mode() {
        return site.mode();
    }

    /** Whether only calls of children are made. */
    boolean isPartial() {
        return partial;
    }

    /**
     * The frame of a call to {@code child} from here.
     *
     * @throws IllegalStateException if calls are too deep, or if the child has state that the outermost callee does not know of
     */
    CallSite enter(Callee child) {
        if (site.depth() == Callee.DEEPEST) {
            throw new IllegalStateException(child.describe() + ": " + Callee.DEEPEST
                    + " calls inside one another are as deep as calls go; nest less, or put what follows one another in a"
                    + " sequence");
        }
        Callee callee = site.callee();
        if (callee == null) {
            int count = calls.merge("", 1, Integer::sum) - 1;
            return new CallSite(
                    child,
                    child,
                    site.path(),
                    CallSite.key(site.key(), "", count),
                    site.depth() + 1,
                    Map.of(),
                    site.mode());
        }
        checkReached(callee, child);
        String name = callee.nameOf(child);
        int count = calls.merge(name, 1, Integer::sum) - 1;
        long key = name.isEmpty() && count == 0 ? site.key() : CallSite.key(site.key(), name, count);
        return new CallSite(
                child,
                site.outermost(),
                CallSite.joined(site.path(), name),
                key,
                site.depth() + 1,
                Map.of(),
                site.mode());
    }

    private void checkReached(Callee callee, Callee child) {
        Callee outermost = site.outermost();
        if (!callee.registers(child) && child.keepsState() && outermost != null && !outermost.reaches(child)) {
            throw new IllegalStateException(callee.describe()
                    + (site.path().isEmpty() ? "" : " at \"" + site.path() + "\"")
                    + " calls " + child.describe() + ", which has parameters or buffers but is registered nowhere in "
                    + outermost.describe() + ": it would be neither trained nor saved; register it");
        }
    }

    CallSite site() {
        return site.having(Map.copyOf(calls));
    }

    CallSite siteBefore(Callee child) {
        String name = site.callee() == null ? "" : site.callee().nameOf(child);
        Integer count = calls.get(name);
        return site.having(count == null ? Map.of() : Map.of(name, count));
    }

    /** What the caller calls {@code child}. */
    String nameOf(Callee child) {
        Callee callee = site.callee();
        return callee == null ? child.describe() : callee.nameOf(child);
    }

    String path() {
        return bookedPath;
    }

    long key() {
        return site.key();
    }

    /** How many calls it is inside of. */
    int depth() {
        return site.depth();
    }

    @Nullable
    Callee outermost() {
        return site.outermost();
    }

    @Nullable
    Callee callee() {
        return site.callee();
    }

    TensorScope scope() {
        return scope;
    }
}
