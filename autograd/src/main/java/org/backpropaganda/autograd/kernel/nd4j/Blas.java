package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.tensor.Tensor;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.openblas.global.openblas_nolapack;

/** The BLAS that ND4J brings, called directly: {@code Nd4j.gemm} cannot work inside a larger matrix. */
final class Blas {
    private Blas() {}

    /**
     * A row-major matrix inside a tensor.
     *
     * @param offset of the first element
     * @param leading elements from one row to the next
     */
    record Matrix(Tensor tensor, long offset, long leading) {
        private DoublePointer pointer() {
            return new DoublePointer(tensor.pointer()).position(offset);
        }
    }

    /** {@code c = op(a) · op(b) + beta c}, where op(a) is [m, k], op(b) [k, n] and c [m, n]. */
    static void gemm(
            long m, long n, long k, Matrix a, boolean transposeA, Matrix b, boolean transposeB, double beta, Matrix c) {
        gemm(m, n, k, 1, a, transposeA, b, transposeB, beta, c);
    }

    /** {@code c = alpha op(a) · op(b) + beta c}. */
    static void gemm(
            long m,
            long n,
            long k,
            double alpha,
            Matrix a,
            boolean transposeA,
            Matrix b,
            boolean transposeB,
            double beta,
            Matrix c) {
        openblas_nolapack.cblas_dgemm(
                openblas_nolapack.CblasRowMajor,
                transposeA ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans,
                transposeB ? openblas_nolapack.CblasTrans : openblas_nolapack.CblasNoTrans,
                Math.toIntExact(m),
                Math.toIntExact(n),
                Math.toIntExact(k),
                alpha,
                a.pointer(),
                Math.toIntExact(a.leading),
                b.pointer(),
                Math.toIntExact(b.leading),
                beta,
                c.pointer(),
                Math.toIntExact(c.leading));
    }
}
