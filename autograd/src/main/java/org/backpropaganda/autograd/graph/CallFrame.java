package org.backpropaganda.autograd.graph;

import java.util.HashMap;
import java.util.Map;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** One call on a tape: who runs, under which path and random key, and the scope of its temporaries. */
final class CallFrame {
    private final @Nullable Callee callee;
    private final String path;
    private final long key;
    private final TensorScope scope;
    private final Map<String, Integer> calls;

    CallFrame(CallSite site, TensorScope scope) {
        this(site.callee(), site.path(), site.key(), scope, new HashMap<>(site.calls()));
    }

    private CallFrame(@Nullable Callee callee, String path, long key, TensorScope scope, Map<String, Integer> calls) {
        this.callee = callee;
        this.path = path;
        this.key = key;
        this.scope = scope;
        this.calls = calls;
    }

    /** The same call going on in another scope: calls of children count on. */
    CallFrame continued(TensorScope other) {
        return new CallFrame(callee, path, key, other, calls);
    }

    /** The same call, with results booked under the path of another one. */
    CallFrame bookedAt(String otherPath, TensorScope other) {
        return new CallFrame(callee, otherPath, key, other, calls);
    }

    /** The frame of a call to {@code child} from here. */
    CallSite enter(Callee child) {
        String name = callee == null ? "" : callee.nameOf(child);
        if (callee != null && name.isEmpty()) {
            return new CallSite(child, path, key, Map.of());
        }
        int count = calls.merge(name, 1, Integer::sum) - 1;
        String childPath = path.isEmpty() || name.isEmpty() ? path + name : path + "." + name;
        return new CallSite(child, childPath, CallSite.key(key, name, count), Map.of());
    }

    CallSite site() {
        return new CallSite(callee, path, key, Map.copyOf(calls));
    }

    CallSite siteBefore(Callee child) {
        String name = callee == null ? "" : callee.nameOf(child);
        Integer count = calls.get(name);
        return new CallSite(callee, path, key, count == null ? Map.of() : Map.of(name, count));
    }

    String path() {
        return path;
    }

    long key() {
        return key;
    }

    TensorScope scope() {
        return scope;
    }
}
