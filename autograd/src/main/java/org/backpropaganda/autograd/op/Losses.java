package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** What losses of two tensors of one shape share. */
final class Losses {
    private Losses() {}

    /** The shape rule: two inputs of one shape give a scalar. */
    static TensorSpec infer(String op, List<TensorSpec> in) {
        Checks.count(op, in, 2);
        DType dtype = Checks.dtype(op, in);
        Checks.require(
                in.get(0).shape().equals(in.get(1).shape()),
                op,
                "shapes differ: " + in.get(0).shape() + " and " + in.get(1).shape());
        return new TensorSpec(Shape.scalar(), dtype);
    }

    /** Makes the output the sum of all elements of a tensor, divided by {@code count}. */
    static void average(ForwardCall call, Tensor values, long count) {
        Tensor flat = call.view(values, Shape.of(values.elements()));
        Tensor sum = call.view(call.output(), Shape.of(1));
        call.kernels().reduction().sum(flat, sum, false);
        call.kernels().eltwise().forward(EltwiseKernel.Function.SCALE, 1.0 / count, sum, sum);
        sum.close();
        flat.close();
    }
}
