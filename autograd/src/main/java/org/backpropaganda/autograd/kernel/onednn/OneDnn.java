package org.backpropaganda.autograd.kernel.onednn;

import static org.bytedeco.dnnl.global.dnnl.dnnl_cpu;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_engine_destroy;
import static org.bytedeco.dnnl.global.dnnl.dnnl_set_primitive_cache_capacity;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_create;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_default_flags;
import static org.bytedeco.dnnl.global.dnnl.dnnl_stream_destroy;

import java.util.Objects;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.BiFunction;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.bytedeco.dnnl.dnnl_engine;
import org.bytedeco.dnnl.dnnl_stream;
import org.jspecify.annotations.Nullable;

/** The oneDNN side of one {@link Engine}: its CPU engine, streams, and a bounded cache of compiled primitives. */
@Internal
public final class OneDnn implements AutoCloseable {
    private final Engine engine;
    private final TensorScope scratch;
    private final dnnl_engine cpu = new dnnl_engine();
    private final Queue<dnnl_stream> idleStreams = new ConcurrentLinkedQueue<>();
    private final PackedWeights packedWeights;
    private final PrimitiveCache primitives;

    /** Starts oneDNN for an engine. */
    public OneDnn(Engine engine) {
        this.engine = engine;
        scratch = engine.scope("kernels");
        packedWeights = new PackedWeights(scratch);
        primitives = new PrimitiveCache(engine.primitiveBudgetBytes());
        // Its own cache of compiled primitives counts them rather than their bytes, and would keep what ours lets go.
        Status.check("primitive cache", dnnl_set_primitive_cache_capacity(0));
        Status.check("engine", dnnl_engine_create(cpu, dnnl_cpu, 0));
    }

    /** Every family of kernels in {@code FLOAT}. */
    public Kernels kernels() {
        return new Kernels(
                DType.FLOAT,
                new OneDnnMatmul(this),
                new OneDnnConvolution(this),
                new OneDnnPooling(this),
                new OneDnnBatchNorm(this),
                new OneDnnLayerNorm(this),
                new OneDnnEltwise(this),
                new OneDnnBinary(this),
                new OneDnnReduction(this),
                new OneDnnSoftmax(this),
                new OneDnnRecurrent(this),
                new OneDnnCopy(this));
    }

    Engine engine() {
        return engine;
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

    /** What the cached primitives hold, by estimate. */
    public long primitiveBytes() {
        return primitives.bytes();
    }

    /** Lets go of what was kept for a step. */
    public void endStep() {
        packedWeights.clear();
    }

    TensorScope scratch() {
        return scratch;
    }

    /**
     * The primitive of a key, compiled on first use. The caller must {@link Primitive#release() release} it after use; until
     * then the engine stays open.
     */
    <K> Primitive acquire(K key, BiFunction<PrimitiveBuilder, K, Primitive> describe) {
        engine.enter();
        try {
            return primitives.retain(key, k -> compiled(k, describe));
        } catch (RuntimeException | Error e) {
            engine.leave();
            throw e;
        }
    }

    /** A primitive is compiled for the number of threads that will run it, which its size decides. */
    private <K> Primitive compiled(K key, BiFunction<PrimitiveBuilder, K, Primitive> describe) {
        Primitive primitive = engine.threads() == 1 ? null : compiledIf(true, key, describe);
        return primitive != null ? primitive : Objects.requireNonNull(compiledIf(false, key, describe));
    }

    /** Null where all threads are asked for and are too many. */
    private <K> @Nullable Primitive compiledIf(
            boolean parallel, K key, BiFunction<PrimitiveBuilder, K, Primitive> describe) {
        useThreads(parallel);
        try (PrimitiveBuilder builder = new PrimitiveBuilder(this)) {
            Primitive primitive = describe.apply(builder, key);
            if (parallel && !primitive.isParallel()) {
                primitive.drop();
                return null;
            }
            return primitive.create();
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
        primitives.close();
        idleStreams.forEach(stream -> Status.check("stream destroy", dnnl_stream_destroy(stream)));
        Status.check("engine destroy", dnnl_engine_destroy(cpu));
    }
}
