package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.Internal;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.CopyKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.DType;

/**
 * The kernels for {@code DOUBLE}: ND4J's ops and its BLAS where they are exact and free what they take, Java loops
 * elsewhere. Scratch comes from the engine's pool, so that the ledger counts it. Thread-safe.
 */
@Internal
public final class Nd4jKernels {
    private Nd4jKernels() {}

    /** The kernels; they hold no native memory. */
    public static Kernels create() {
        CopyKernel copy = new Nd4jCopy();
        BinaryKernel binary = new Nd4jBinary();
        return new Kernels(
                DType.DOUBLE,
                new Nd4jMatmul(copy),
                new Nd4jConvolution(copy),
                new Nd4jPooling(),
                new Nd4jBatchNorm(),
                new Nd4jLayerNorm(),
                new Nd4jEltwise(),
                binary,
                new Nd4jReduction(binary),
                new Nd4jSoftmax(),
                new Nd4jRecurrent(),
                copy);
    }
}
