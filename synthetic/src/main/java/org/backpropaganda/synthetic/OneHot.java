package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Class labels as rows of zeros with a one.
 *
 * <pre>
 * y     = onehot(labels)
 * shape : labels [B] of INT in [0, classes) → y [B, classes]
 * saves : nothing
 * vjp   : labels have none
 * </pre>
 *
 * @param dtype of y
 */
record OneHot(int classes, DType dtype) implements Op {

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        if (in.size() != 1
                || in.get(0).dtype() != DType.INT
                || in.get(0).shape().rank() != 1) {
            throw new ShapeException(name() + ": labels " + in + " must be INT[B]");
        }
        return new TensorSpec(Shape.of(in.get(0).shape().dim(0), classes), dtype);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public void forward(ForwardCall call) {
        Tensor y = call.output().zero();
        int rows = Math.toIntExact(y.shape().dim(0));
        HostLoop.Row labels = HostLoop.row(call.input(0), 0, rows);
        for (int b = 0; b < rows; b++) {
            int label = (int) labels.get(b);
            if (label < 0 || label >= classes) {
                throw new ShapeException(
                        name() + ": label " + label + " at index " + b + " is not within [0, " + classes + ")");
            }
            HostLoop.row(y, b, classes).set(label, 1);
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        throw new IllegalStateException("labels have no gradient");
    }
}
