package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.kernel.nd4j.Nd4jKernels;
import org.backpropaganda.autograd.kernel.onednn.OneDnn;
import org.backpropaganda.autograd.kernel.onednn.OneDnnKernels;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.ShapeException;

/** Which library computes in which element type. One an engine. */
final class KernelRegistry implements AutoCloseable {
    private final OneDnn oneDnn;
    private final Kernels floats;
    private final Kernels doubles;

    KernelRegistry(Engine engine) {
        oneDnn = new OneDnn(engine);
        floats = new OneDnnKernels(oneDnn);
        doubles = engine.hasMemory() ? new Nd4jKernels() : new IdleKernels(new Nd4jKernels());
    }

    Kernels of(DType dtype) {
        return switch (dtype) {
            case FLOAT -> floats;
            case DOUBLE -> doubles;
            default -> throw new ShapeException("no kernels compute in " + dtype + "; use FLOAT or DOUBLE");
        };
    }

    void endStep() {
        oneDnn.endStep();
    }

    @Override
    public void close() {
        oneDnn.close();
    }
}
