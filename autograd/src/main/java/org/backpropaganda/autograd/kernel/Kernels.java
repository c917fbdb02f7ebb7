package org.backpropaganda.autograd.kernel;

import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;

/** The kernels for one element type. */
public interface Kernels {

    /** The kernels for the element type of a tensor, about to run on the calling thread. */
    static Kernels of(Tensor tensor) {
        Engine engine = tensor.engine();
        return engine.service(KernelRegistry.class, KernelRegistry::new).of(tensor.dtype());
    }

    /** Lets go of what kernels keep within a step. */
    static void endStep(Engine engine) {
        if (engine.keepsReorderedWeights()) {
            engine.service(KernelRegistry.class, KernelRegistry::new).endStep();
        }
    }

    /** The element type that these kernels compute in. */
    DType dtype();

    MatmulKernel matmul();

    ConvolutionKernel convolution();

    PoolingKernel pooling();

    BatchNormKernel batchNorm();

    LayerNormKernel layerNorm();

    EltwiseKernel eltwise();

    BinaryKernel binary();

    ReductionKernel reduction();

    SoftmaxKernel softmax();

    RecurrentKernel recurrent();

    CopyKernel copy();
}
