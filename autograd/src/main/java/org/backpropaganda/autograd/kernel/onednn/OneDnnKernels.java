package org.backpropaganda.autograd.kernel.onednn;

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

/** Every family of kernels, computed by oneDNN in {@code FLOAT}. */
public final class OneDnnKernels implements Kernels {
    private final MatmulKernel matmul;
    private final ConvolutionKernel convolution;
    private final PoolingKernel pooling;
    private final BatchNormKernel batchNorm;
    private final LayerNormKernel layerNorm;
    private final EltwiseKernel eltwise;
    private final BinaryKernel binary;
    private final ReductionKernel reduction;
    private final SoftmaxKernel softmax;
    private final RecurrentKernel recurrent;
    private final CopyKernel copy;

    /** The kernels of one engine. */
    public OneDnnKernels(OneDnn oneDnn) {
        matmul = new OneDnnMatmul(oneDnn);
        convolution = new OneDnnConvolution(oneDnn);
        pooling = new OneDnnPooling(oneDnn);
        batchNorm = new OneDnnBatchNorm(oneDnn);
        layerNorm = new OneDnnLayerNorm(oneDnn);
        eltwise = new OneDnnEltwise(oneDnn);
        binary = new OneDnnBinary(oneDnn);
        reduction = new OneDnnReduction(oneDnn);
        softmax = new OneDnnSoftmax(oneDnn);
        recurrent = new OneDnnRecurrent(oneDnn);
        copy = new OneDnnCopy(oneDnn);
    }

    @Override
    public DType dtype() {
        return DType.FLOAT;
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
