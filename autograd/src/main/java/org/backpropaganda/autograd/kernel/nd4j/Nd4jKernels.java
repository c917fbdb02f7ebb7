package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.BatchNormKernel;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.ConvolutionKernel;
import org.backpropaganda.autograd.kernel.CopyKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.LayerNormKernel;
import org.backpropaganda.autograd.kernel.MatmulKernel;
import org.backpropaganda.autograd.kernel.PoolingKernel;
import org.backpropaganda.autograd.kernel.RecurrentKernel;
import org.backpropaganda.autograd.kernel.ReductionKernel;
import org.backpropaganda.autograd.kernel.SoftmaxKernel;
import org.backpropaganda.autograd.tensor.DType;

/**
 * The kernels for {@code DOUBLE}: ND4J's ops and its BLAS where they are exact and free what they take, Java loops
 * elsewhere. Scratch comes from the engine's pool, so that the ledger counts it. Thread-safe.
 */
public final class Nd4jKernels implements Kernels {
    private final CopyKernel copy = new Nd4jCopy();
    private final MatmulKernel matmul = new Nd4jMatmul(copy);
    private final ConvolutionKernel convolution = new Nd4jConvolution(copy);
    private final PoolingKernel pooling = new Nd4jPooling();
    private final BatchNormKernel batchNorm = new Nd4jBatchNorm();
    private final LayerNormKernel layerNorm = new Nd4jLayerNorm();
    private final EltwiseKernel eltwise = new Nd4jEltwise();
    private final BinaryKernel binary = new Nd4jBinary();
    private final ReductionKernel reduction = new Nd4jReduction(binary);
    private final SoftmaxKernel softmax = new Nd4jSoftmax();
    private final RecurrentKernel recurrent = new Nd4jRecurrent();

    /** The kernels; they hold no native memory. */
    public Nd4jKernels() {}

    @Override
    public DType dtype() {
        return DType.DOUBLE;
    }

    @Override
    public MatmulKernel matmul() {
        return matmul;
    }

    @Override
    public ConvolutionKernel convolution() {
        return convolution;
    }

    @Override
    public PoolingKernel pooling() {
        return pooling;
    }

    @Override
    public BatchNormKernel batchNorm() {
        return batchNorm;
    }

    @Override
    public LayerNormKernel layerNorm() {
        return layerNorm;
    }

    @Override
    public EltwiseKernel eltwise() {
        return eltwise;
    }

    @Override
    public BinaryKernel binary() {
        return binary;
    }

    @Override
    public ReductionKernel reduction() {
        return reduction;
    }

    @Override
    public SoftmaxKernel softmax() {
        return softmax;
    }

    @Override
    public RecurrentKernel recurrent() {
        return recurrent;
    }

    @Override
    public CopyKernel copy() {
        return copy;
    }
}
