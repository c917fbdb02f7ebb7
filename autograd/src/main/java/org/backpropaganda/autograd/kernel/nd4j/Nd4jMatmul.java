package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.CopyKernel;
import org.backpropaganda.autograd.kernel.MatmulKernel;
import org.backpropaganda.autograd.kernel.MatrixStack;
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

    @Override
    public void multiply(MatrixStack a, MatrixStack b, double scale, MatrixStack out, boolean accumulate) {
        for (long o = 0; o < out.outer(); o++) {
            for (long i = 0; i < out.inner(); i++) {
                Blas.gemm(
                        out.rows(),
                        out.columns(),
                        a.columns(),
                        scale,
                        matrix(a, o, i),
                        a.columnStride() != 1,
                        matrix(b, o, i),
                        b.columnStride() != 1,
                        accumulate ? 1 : 0,
                        matrix(out, o, i));
            }
        }
    }

    @Override
    public void affine(
            MatrixStack a,
            MatrixStack b,
            @Nullable MatrixStack bias,
            Finish finish,
            MatrixStack out,
            boolean accumulate) {
        multiply(a, b, 1, out, accumulate);
        if (bias == null && finish == Finish.NONE) {
            return;
        }
        int columns = Math.toIntExact(out.columns());
        double[] shift = new double[columns];
        if (bias != null) {
            new Doubles(bias.tensor()).read(bias.offset(), shift, columns);
        }
        Doubles values = new Doubles(out.tensor());
        double[] row = new double[columns];
        for (long r = 0; r < out.rows(); r++) {
            long at = out.offset() + r * out.rowStride();
            values.read(at, row, columns);
            for (int i = 0; i < columns; i++) {
                row[i] = finished(finish, row[i] + shift[i]);
            }
            values.write(at, row, columns);
        }
    }

    private static double finished(Finish finish, double x) {
        return switch (finish) {
            case NONE -> x;
            case SIGMOID -> 1 / (1 + Math.exp(-x));
            case TANH -> Math.tanh(x);
            case RELU -> Math.max(x, 0);
        };
    }

    /** One matrix of a stack; a column stride other than 1 says that it lies transposed. */
    private static Matrix matrix(MatrixStack stack, long o, long i) {
        long offset = stack.offset() + o * stack.outerStride() + i * stack.innerStride();
        long leading = stack.columnStride() == 1
                ? Math.max(stack.rowStride(), stack.columns())
                : Math.max(stack.columnStride(), stack.rows());
        return new Matrix(stack.tensor(), offset, leading);
    }

    private static Matrix matrix(Tensor tensor) {
        return new Matrix(tensor, 0, tensor.shape().dim(1));
    }
}
