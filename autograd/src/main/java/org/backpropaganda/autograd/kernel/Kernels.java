package org.backpropaganda.autograd.kernel;

import java.lang.reflect.Proxy;
import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * The kernels for one element type, of one library or of several.
 *
 * @param dtype the element type that these kernels compute in
 * @param matmul products of matrices
 * @param convolution of images
 * @param pooling of images
 * @param batchNorm over all axes but the last
 * @param layerNorm over rows
 * @param eltwise functions of one element
 * @param binary functions of two elements
 * @param reduction sums
 * @param softmax of rows
 * @param recurrent steps of sequences
 * @param copy between layouts
 */
@Internal
public record Kernels(
        DType dtype,
        MatmulKernel matmul,
        ConvolutionKernel convolution,
        PoolingKernel pooling,
        BatchNormKernel batchNorm,
        LayerNormKernel layerNorm,
        EltwiseKernel eltwise,
        BinaryKernel binary,
        ReductionKernel reduction,
        SoftmaxKernel softmax,
        RecurrentKernel recurrent,
        CopyKernel copy) {

    /** The kernels for the element type of a tensor, about to run on the calling thread. */
    public static Kernels of(Tensor tensor) {
        Engine engine = tensor.engine();
        return engine.service(KernelRegistry.class, KernelRegistry::new).of(tensor.dtype());
    }

    /** Lets go of what kernels keep within a step. */
    public static void endStep(Engine engine) {
        if (engine.keepsReorderedWeights()) {
            engine.service(KernelRegistry.class, KernelRegistry::new).endStep();
        }
    }

    /** These, computing nothing, for tensors without values; those that take scratch from the engine take it all the same. */
    Kernels idle() {
        return new Kernels(
                dtype,
                idle(MatmulKernel.class),
                convolution,
                idle(PoolingKernel.class),
                idle(BatchNormKernel.class),
                idle(LayerNormKernel.class),
                idle(EltwiseKernel.class),
                idle(BinaryKernel.class),
                reduction,
                idle(SoftmaxKernel.class),
                idle(RecurrentKernel.class),
                idle(CopyKernel.class));
    }

    private static <K> K idle(Class<K> kernel) {
        return kernel.cast(Proxy.newProxyInstance(
                kernel.getClassLoader(), new Class<?>[] {kernel}, (proxy, method, arguments) -> null));
    }
}
