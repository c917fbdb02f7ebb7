package org.backpropaganda.reversible;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** {@code y = x + v}. A step back subtracts in the stream's own bytes, and passes the gradient on as it is. */
record Addition() implements AdditiveCombine {

    @Override
    public Variable forward(Variable target, List<Variable> values) {
        return Add.addInPlace(target, values.get(0));
    }

    @Override
    public Variable inverse(Variable result, List<Variable> values) {
        return Subtract.subtract(result, values.get(0));
    }

    @Override
    public void takeAway(Tensor result, Tensor value, Tensor stream) {
        Kernels.of(result).binary().apply(BinaryKernel.Function.SUBTRACT, result, value, stream);
    }

    @Override
    public Optional<String> refusal(TensorSpec target, List<TensorSpec> values) {
        return Values.refusalOfOthersThan(target, values);
    }

    @Override
    public @Nullable Variable logDeterminant(Variable target, List<Variable> values) {
        return null;
    }
}
