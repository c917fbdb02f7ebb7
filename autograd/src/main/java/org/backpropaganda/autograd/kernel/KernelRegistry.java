package org.backpropaganda.autograd.kernel;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.kernel.nd4j.Nd4jKernels;
import org.backpropaganda.autograd.kernel.onednn.OneDnn;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.NativeCache;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.jspecify.annotations.Nullable;

/** Which library computes in which element type. One an engine. */
final class KernelRegistry implements NativeCache {
    private final Engine engine;
    private final OneDnn oneDnn;
    private final Map<DType, Entry> entries = new LinkedHashMap<>();

    /** @param toldThreads whether the library is told its threads here, and not at each of its calls */
    private record Entry(Kernels kernels, boolean toldThreads) {}

    KernelRegistry(Engine engine) {
        this.engine = engine;
        oneDnn = new OneDnn(engine);
        add(oneDnn.kernels(), false);
        Kernels nd4j = Nd4jKernels.create();
        add(engine.hasMemory() ? nd4j : nd4j.idle(), true);
    }

    private void add(Kernels kernels, boolean toldThreads) {
        entries.put(kernels.dtype(), new Entry(kernels, toldThreads));
    }

    /** The kernels of an element type, about to run on the calling thread. */
    Kernels of(DType dtype) {
        @Nullable Entry entry = entries.get(dtype);
        if (entry == null) {
            String known = entries.keySet().stream().map(DType::toString).collect(Collectors.joining(" or "));
            throw new ShapeException("no kernels compute in " + dtype + "; use " + known);
        }
        if (entry.toldThreads) {
            engine.useThreads();
        }
        return entry.kernels;
    }

    void endStep() {
        oneDnn.endStep();
    }

    @Override
    public long nativeBytes() {
        return oneDnn.primitiveBytes();
    }

    @Override
    public void close() {
        oneDnn.close();
    }
}
