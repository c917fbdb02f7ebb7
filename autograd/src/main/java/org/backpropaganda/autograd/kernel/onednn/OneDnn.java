package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_stream;

/** The oneDNN side of one {@link Engine}: its CPU engine, streams, and a bounded cache of compiled primitives. */
public final class OneDnn implements AutoCloseable {
    private static final int CACHED_PRIMITIVES = 1024;

    private final Engine engine;
    private final TensorScope scratch;
    private final dnnl_engine cpu = new dnnl_engine();
    private final Queue<dnnl_stream> idleStreams = new ConcurrentLinkedQueue<>();
    private final PackedWeights packedWeights;
    private final Map<Object, Primitive> primitives = new LinkedHashMap<>(64, 0.75f, true);

    /** Starts oneDNN for an engine. */
    public OneDnn(Engine engine) {
        this.engine = engine;
        scratch = engine.scope("kernels");
        packedWeights = new PackedWeights(scratch);
        Status.check("engine", dnnl_engine_create(cpu, dnnl_cpu, 0));
    }

    dnnl_engine cpu() {
        return cpu;
    }

    /** Whether reordered weights stay until the step ends. */
    boolean keepsReorderedWeights() {
        return engine.keepsReorderedWeights();
    }

    PackedWeights packedWeights() {
        return packedWeights;
    }

    /** Lets go of what was kept for a step. */
    public void endStep() {
        packedWeights.clear();
    }

    TensorScope scratch() {
        return scratch;
    }

    /**
     * The primitive of a key, compiled on first use. The caller must {@link Primitive#release() release} it after use:
     * one that falls out of the cache is destroyed when its last user is done.
     */
    <K> Primitive acquire(K key, BiFunction<PrimitiveBuilder, K, Primitive> compile) {
        synchronized (primitives) {
            Primitive primitive = primitives.get(key);
            if (primitive == null) {
                primitive = compiled(key, compile);
                primitives.put(key, primitive);
                if (primitives.size() > CACHED_PRIMITIVES) {
                    var eldest = primitives.entrySet().iterator();
                    Primitive evicted = eldest.next().getValue();
                    eldest.remove();
                    evicted.release();
                }
            }
            primitive.retain();
            return primitive;
        }
    }

    /** A primitive is compiled for the number of threads that will run it, which its size decides. */
    private <K> Primitive compiled(K key, BiFunction<PrimitiveBuilder, K, Primitive> compile) {
        useThreads(true);
        Primitive primitive = compiledForThreads(key, compile);
        if (!primitive.isParallel() && engine.threads() > 1) {
            primitive.release();
            useThreads(false);
            primitive = compiledForThreads(key, compile);
        }
        return primitive;
    }

    private <K> Primitive compiledForThreads(K key, BiFunction<PrimitiveBuilder, K, Primitive> compile) {
        try (PrimitiveBuilder builder = new PrimitiveBuilder(this)) {
            return compile.apply(builder, key);
        }
    }

    /** Whether primitives run; if not, they only take the scratch that they would. */
    boolean computes() {
        return engine.hasMemory();
    }

    /** How many threads large primitives run on. */
    int threads() {
        return engine.threads();
    }

    /** Makes what the calling thread runs next use all of the engine's threads, or itself alone. */
    void useThreads(boolean all) {
        engine.useThreads(all ? engine.threads() : 1);
    }

    dnnl_stream takeStream() {
        dnnl_stream idle = idleStreams.poll();
        if (idle != null) {
            return idle;
        }
        dnnl_stream stream = new dnnl_stream();
        Status.check("stream", dnnl_stream_create(stream, cpu, dnnl_stream_default_flags));
        return stream;
    }

    void giveBack(dnnl_stream stream) {
        idleStreams.add(stream);
    }

    @Override
    public void close() {
        synchronized (primitives) {
            primitives.values().forEach(Primitive::release);
            primitives.clear();
        }
        idleStreams.forEach(stream -> Status.check("stream destroy", dnnl_stream_destroy(stream)));
        Status.check("engine destroy", dnnl_engine_destroy(cpu));
    }
}
