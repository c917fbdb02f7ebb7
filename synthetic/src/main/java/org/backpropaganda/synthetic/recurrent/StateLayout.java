package org.backpropaganda.synthetic.recurrent;

import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * How states [L, B, H], S of them, stand side by side in rows [B, D], D = S · L · H: state by state, layer by layer.
 *
 * @param state of each
 * @param count S
 */
record StateLayout(TensorSpec state, int count) {

    static StateLayout of(List<TensorSpec> states) {
        TensorSpec first = states.get(0);
        if (first.shape().rank() != 3 || states.stream().anyMatch(each -> !each.equals(first))) {
            throw new ShapeException("recurrent learner: the states are " + states
                    + "; give states [layers, B, H] of one shape and type");
        }
        return new StateLayout(first, states.size());
    }

    long layers() {
        return state.shape().dim(0);
    }

    long batch() {
        return state.shape().dim(1);
    }

    long width() {
        return state.shape().dim(2);
    }

    long features() {
        return count * layers() * width();
    }

    DType dtype() {
        return state.dtype();
    }

    /** Rows, or states, of undefined content. */
    Tensor rows(TensorScope scope) {
        return scope.allocate(Shape.of(batch(), features()), dtype());
    }

    List<Tensor> states(TensorScope scope, MemoryKind kind) {
        return IntStream.range(0, count)
                .mapToObj(i -> scope.zeros(state.shape(), dtype(), kind))
                .toList();
    }

    /** States into rows. */
    Tensor gather(List<Tensor> states, Tensor rows) {
        return gather(states, rows, 0, features());
    }

    /**
     * States into rows that begin {@code stride} elements from one another.
     *
     * @param from the first element of the first row
     */
    Tensor gather(List<Tensor> states, Tensor rows, long from, long stride) {
        long[] dense = {batch() * width(), width(), 1};
        long[] sideBySide = {width(), stride, 1};
        for (int i = 0; i < count; i++) {
            long at = from + i * layers() * width();
            Kernels.of(rows).copy().copy(state.shape(), states.get(i), 0, dense, rows, at, sideBySide, false);
        }
        rows.written("gather");
        return rows;
    }

    /** Rows into states. */
    List<Tensor> scatter(Tensor rows, List<Tensor> states) {
        long[] dense = {batch() * width(), width(), 1};
        long[] sideBySide = {width(), features(), 1};
        for (int i = 0; i < count; i++) {
            Tensor each = states.get(i);
            long at = i * layers() * width();
            Kernels.of(rows).copy().copy(state.shape(), rows, at, sideBySide, each, 0, dense, false);
            each.written("scatter");
        }
        return states;
    }

    /** Sets what belongs to an example to zero: in a tensor that counts the batch by {@code axis}. */
    static void forget(Tensor tensor, int axis, int example) {
        Shape shape = tensor.shape();
        long inner = 1;
        for (int i = axis + 1; i < shape.rank(); i++) {
            inner *= shape.dim(i);
        }
        long batch = shape.dim(axis);
        long outer = shape.elements() / (inner * batch);
        try (TensorScope scope = tensor.engine().scope("")) {
            Tensor zero = scope.zeros(Shape.of(1), tensor.dtype(), MemoryKind.TEMPORARY);
            Kernels.of(tensor)
                    .copy()
                    .copy(
                            Shape.of(outer, inner),
                            zero,
                            0,
                            new long[] {0, 0},
                            tensor,
                            example * inner,
                            new long[] {batch * inner, 1},
                            false);
        }
        tensor.written("forget");
    }
}
