package org.backpropaganda.autograd.kernel.onednn;

import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;

/**
 * Compiled primitives by key. When their {@linkplain Primitive#bytes() bytes} exceed a bound, the least recently used go:
 * one that a thread still runs is destroyed when that thread is done. The newest stays, however large it is. Thread-safe.
 */
final class PrimitiveCache implements AutoCloseable {
    private final long mostBytes;
    private final Map<Object, Primitive> primitives = new LinkedHashMap<>(64, 0.75f, true);
    private long bytes;

    PrimitiveCache(long mostBytes) {
        this.mostBytes = mostBytes;
    }

    /** The primitive of a key, made on first use, for a user who {@linkplain Primitive#drop() lets go} of it. */
    synchronized <K> Primitive retain(K key, Function<K, Primitive> make) {
        Primitive primitive = primitives.get(key);
        if (primitive == null) {
            primitive = make.apply(key);
            primitives.put(key, primitive);
            bytes += primitive.bytes();
            evict();
        }
        primitive.retain();
        return primitive;
    }

    private void evict() {
        Iterator<Primitive> eldest = primitives.values().iterator();
        while (bytes > mostBytes && primitives.size() > 1) {
            Primitive evicted = eldest.next();
            eldest.remove();
            bytes -= evicted.bytes();
            evicted.drop();
        }
    }

    /** What the primitives hold, by estimate. */
    synchronized long bytes() {
        return bytes;
    }

    @Override
    public synchronized void close() {
        primitives.values().forEach(Primitive::drop);
        primitives.clear();
        bytes = 0;
    }
}
