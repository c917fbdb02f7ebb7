package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.CopyKernel;
import org.backpropaganda.autograd.kernel.MatmulKernel;
import org.backpropaganda.autograd.kernel.nd4j.Blas.Matrix;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

final class Nd4jMatmul implements MatmulKernel {
    private final CopyKernel copy;

    Nd4jMatmul(CopyKernel copy) {
        this.copy = copy;
    }

    @Override
    public void matmul(
            Tensor a,
            boolean transposeA,
            Tensor b,
            boolean transposeB,
            @Nullable Tensor bias,
            Tensor out,
            boolean accumulate) {
        if (bias != null) {
            copy.copy(
                    out.shape(), bias, 0, new long[] {0, 1}, out, 0, out.shape().strides(), false);
        }
        Blas.gemm(
                out.shape().dim(0),
                out.shape().dim(1),
                a.shape().dim(transposeA ? 0 : 1),
                matrix(a),
                transposeA,
                matrix(b),
                transposeB,
                accumulate || bias != null ? 1 : 0,
                matrix(out));
    }

    private static Matrix matrix(Tensor tensor) {
        return new Matrix(tensor, 0, tensor.shape().dim(1));
    }
}
