package org.backpropaganda.reversible.exact;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.reversible.Combine;
import org.backpropaganda.reversible.KeepingCombine;

/**
 * {@code x₊ = γ (x₋ + s 2^−l) + Q((1 − γ) x + (1 + γ) h)} of values (h, x) in training, under the key of the coupling's call;
 * {@code x₊ = Q(x + h)} in evaluation.
 *
 * @param grid that streams lie on
 */
record BdiaCombine(FixedPoint grid) implements KeepingCombine {

    @Override
    public int bitsPerElement() {
        return 1;
    }

    private static Variable average(List<Variable> values) {
        Variable h = values.get(0);
        Variable x = values.get(1);
        long key = x.tape().key();
        Variable now = SampleScale.scale(x, key, 1, -1);
        Variable average = Add.addInPlace(now, SampleScale.scale(h, key, 1, 1));
        now.release();
        return average;
    }

    @Override
    public Variable forward(Variable target, List<Variable> values) {
        if (!target.tape().isTraining()) {
            return FixedPointSum.sum(grid, values.get(1), values.get(0));
        }
        Variable half =
                FixedPoint.apply(new FixedPointHalves(grid, target.tape().key()), target);
        Variable sum = FixedPointSum.sum(grid, half, average(values));
        half.release();
        return sum;
    }

    @Override
    public Tensor lost(Variable target, List<Variable> values) {
        if (!target.tape().isTraining()) {
            String path = target.tape().path();
            throw new IllegalStateException("bdia" + (path.isEmpty() ? "" : " in " + path)
                    + ": in evaluation γ is 0 and a block forgets the stream before the last, which no sequence can have"
                    + " back; differentiate a Sequential of the same blocks, which stores, or a tape that trains");
        }
        return new UnitLoop(grid).bits((n, bit, sample) -> FixedPointHalves.parity(n), target);
    }

    @Override
    public Variable inverse(Variable result, List<Variable> values, Tensor lost) {
        Variable half = FixedPointSum.difference(grid, result, average(values));
        double[] gammas = SampleScale.gammas(result.tape().key(), result.value());
        Variable before = new UnitLoop(grid)
                .restored((w, bit, sample) -> (gammas[(int) sample] > 0 ? 2 * w : -2 * w) - bit, half, lost);
        half.release();
        return before;
    }

    @Override
    public Optional<String> refusal(TensorSpec target, List<TensorSpec> values) {
        return Combine.add().refusal(target, values.subList(0, values.size() - 1));
    }
}
