package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.kernel.nd4j.Nd4jKernels;
import org.backpropaganda.autograd.kernel.onednn.OneDnn;
import org.backpropaganda.autograd.kernel.onednn.OneDnnKernels;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.NativeCache;
import org.backpropaganda.autograd.tensor.ShapeException;

/** Which library computes in which element type. One an engine. */
final class KernelRegistry implements NativeCache {
    private final Engine engine;
    private final OneDnn oneDnn;
    private final Kernels floats;
    private final Kernels doubles;

    KernelRegistry(Engine engine) {
        this.engine = engine;
        oneDnn = new OneDnn(engine);
        floats = new OneDnnKernels(oneDnn);
        doubles = engine.hasMemory() ? new Nd4jKernels() : new IdleKernels(new Nd4jKernels());
    }

    /** The kernels of an element type, about to run on the calling thread. oneDNN is told its threads at each call. */
    Kernels of(DType dtype) {
        return switch (dtype) {
            case FLOAT -> floats;
            case DOUBLE -> {
                engine.useThreads();
                yield doubles;
            }
            default -> throw new ShapeException("no kernels compute in " + dtype + "; use FLOAT or DOUBLE");
        };
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
