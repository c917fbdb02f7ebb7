package org.backpropaganda.reversible.exact;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.reversible.AdditiveCombine;
import org.backpropaganda.reversible.Combine;
import org.jspecify.annotations.Nullable;

/** {@code y = Q(x) + Q(v)}; inverse {@code x = y − Q(v)}, to the bit. */
record ExactAddition(FixedPoint grid) implements AdditiveCombine {

    @Override
    public Variable forward(Variable target, List<Variable> values) {
        return FixedPointSum.sum(grid, target, values.get(0));
    }

    @Override
    public Variable inverse(Variable result, List<Variable> values) {
        return FixedPointSum.difference(grid, result, values.get(0));
    }

    @Override
    public void takeAway(Tensor result, Tensor value, Tensor stream) {
        GridLoop.sum(grid, -1, result, value, stream);
    }

    @Override
    public boolean isExact() {
        return true;
    }

    @Override
    public Optional<String> refusal(TensorSpec target, List<TensorSpec> values) {
        return Combine.add().refusal(target, values);
    }

    @Override
    public @Nullable Variable logDeterminant(Variable target, List<Variable> values) {
        return null;
    }
}
