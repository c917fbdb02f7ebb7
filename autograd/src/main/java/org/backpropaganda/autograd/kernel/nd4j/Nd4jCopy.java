package org.backpropaganda.autograd.kernel.nd4j;

import org.backpropaganda.autograd.kernel.CopyKernel;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;

/* Java, because ND4J would want a view for each region, and closing a view does nothing. */
final class Nd4jCopy implements CopyKernel {
    @Override
    public void copy(
            Shape shape,
            Tensor source,
            long sourceOffset,
            long[] sourceStrides,
            Tensor destination,
            long destinationOffset,
            long[] destinationStrides,
            boolean accumulate) {
        Run run = new Run(new Doubles(source), new Doubles(destination), accumulate);
        long[] dims = new long[shape.rank()];
        long[] from = new long[shape.rank()];
        long[] to = new long[shape.rank()];
        int rank = 0;
        for (int axis = 0; axis < shape.rank(); axis++) {
            long size = shape.dim(axis);
            if (size == 1) {
                continue;
            }
            boolean contiguous = rank > 0
                    && from[rank - 1] == size * sourceStrides[axis]
                    && to[rank - 1] == size * destinationStrides[axis];
            if (contiguous) {
                rank--;
                size *= dims[rank];
            }
            dims[rank] = size;
            from[rank] = sourceStrides[axis];
            to[rank] = destinationStrides[axis];
            rank++;
        }
        if (rank == 0) {
            run.copy(sourceOffset, 1, destinationOffset, 1, 1);
            return;
        }
        int last = rank - 1;
        long[] index = new long[last];
        long sourceAt = sourceOffset;
        long destinationAt = destinationOffset;
        while (true) {
            run.copy(sourceAt, from[last], destinationAt, to[last], dims[last]);
            int axis = last - 1;
            while (axis >= 0 && index[axis] == dims[axis] - 1) {
                sourceAt -= index[axis] * from[axis];
                destinationAt -= index[axis] * to[axis];
                index[axis--] = 0;
            }
            if (axis < 0) {
                return;
            }
            index[axis]++;
            sourceAt += from[axis];
            destinationAt += to[axis];
        }
    }

    /** Copies along one axis. */
    private static final class Run {
        private final Doubles source;
        private final Doubles destination;
        private final boolean accumulate;
        private final double[] block = new double[Doubles.BLOCK];
        private final double[] sum = new double[Doubles.BLOCK];

        Run(Doubles source, Doubles destination, boolean accumulate) {
            this.source = source;
            this.destination = destination;
            this.accumulate = accumulate;
        }

        void copy(long from, long fromStride, long to, long toStride, long count) {
            if (fromStride == 1 && toStride == 1) {
                copyDense(from, to, count);
                return;
            }
            for (long i = 0; i < count; i++) {
                double value = source.get(from + i * fromStride);
                long at = to + i * toStride;
                destination.set(at, accumulate ? destination.get(at) + value : value);
            }
        }

        private void copyDense(long from, long to, long count) {
            for (long done = 0; done < count; done += Doubles.BLOCK) {
                int piece = (int) Math.min(Doubles.BLOCK, count - done);
                source.read(from + done, block, piece);
                if (accumulate) {
                    destination.read(to + done, sum, piece);
                    for (int i = 0; i < piece; i++) {
                        block[i] += sum[i];
                    }
                }
                destination.write(to + done, block, piece);
            }
        }
    }
}
