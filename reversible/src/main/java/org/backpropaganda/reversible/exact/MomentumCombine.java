package org.backpropaganda.reversible.exact;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.KeepingCombine;

/**
 * {@code v′ = ⌊γ v⌋ + Q((1 − γ) f)}.
 *
 * @param scale multiplies by γ
 */
record MomentumCombine(FixedPointScale scale) implements KeepingCombine {

    @Override
    public int bitsPerElement() {
        return 1;
    }

    private UnitLoop loop() {
        return new UnitLoop(scale.grid());
    }

    private Variable force(List<Variable> values) {
        return Scale.scale(values.get(0), 1 - scale.factor());
    }

    @Override
    public Variable forward(Variable target, List<Variable> values) {
        Variable slower = FixedPoint.apply(scale, target);
        Variable sum = FixedPointSum.sum(scale.grid(), slower, force(values));
        slower.release();
        return sum;
    }

    @Override
    public Tensor lost(Variable target, List<Variable> values) {
        return loop().bits((n, bit, sample) -> n - scale.least(scale.scaled(n)), target);
    }

    @Override
    public Variable inverse(Variable result, List<Variable> values, Tensor lost) {
        Variable slower = FixedPointSum.difference(scale.grid(), result, force(values));
        Variable before = loop().restored((w, bit, sample) -> scale.least(w) + bit, slower, lost);
        slower.release();
        return before;
    }

    @Override
    public Optional<String> refusal(TensorSpec target, List<TensorSpec> values) {
        return Combine.add().refusal(target, values);
    }
}
