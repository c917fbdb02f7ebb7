package org.backpropaganda.reversible;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Divide;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** {@code y = x ⊙ S(s) + t}; inverse {@code x = (y − t) / S(s)}. s and t are values, or halves of one value's channels. */
record Affine(Scaling scaling) implements Combine {
    private static final int PAIR = 2;

    private record Pair(Variable scale, Variable shift) {}

    private static Pair pair(List<Variable> values) {
        if (values.size() == PAIR) {
            return new Pair(values.get(0), values.get(1));
        }
        long half = values.get(0).shape().dim(-1) / PAIR;
        List<Variable> halves = Slice.split(values.get(0), -1, half, half);
        return new Pair(halves.get(0), halves.get(1));
    }

    @Override
    public Variable forward(Variable target, List<Variable> values) {
        Pair pair = pair(values);
        Variable scaled = Multiply.multiply(target, scaling.scale().apply(pair.scale));
        return pair.shift.spec().equals(target.spec())
                ? Add.addInPlace(scaled, pair.shift)
                : Add.add(scaled, pair.shift);
    }

    @Override
    public Variable inverse(Variable result, List<Variable> values) {
        Pair pair = pair(values);
        return Divide.divide(
                Subtract.subtract(result, pair.shift), scaling.scale().apply(pair.scale));
    }

    @Override
    public Optional<String> refusal(TensorSpec target, List<TensorSpec> values) {
        boolean fits = values.size() == PAIR
                ? values.stream().allMatch(value -> spreadsTo(value, target))
                : values.size() == 1 && values.get(0).equals(doubled(target));
        return fits
                ? Optional.empty()
                : Optional.of("gave " + values + " for a stream of " + target + "; let it return scale and shift, two"
                        + " results that broadcast to the stream, or one of twice its channels, " + doubled(target));
    }

    private static TensorSpec doubled(TensorSpec target) {
        long[] sizes = target.shape().toArray();
        sizes[sizes.length - 1] *= PAIR;
        return new TensorSpec(Shape.of(sizes), target.dtype());
    }

    private static boolean spreadsTo(TensorSpec value, TensorSpec target) {
        int missing = target.shape().rank() - value.shape().rank();
        if (missing < 0 || value.dtype() != target.dtype()) {
            return false;
        }
        for (int axis = 0; axis < value.shape().rank(); axis++) {
            long size = value.shape().dim(axis);
            if (size != 1 && size != target.shape().dim(missing + axis)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public Variable logDeterminant(Variable target, List<Variable> values) {
        return LogDeterminants.ofElements(scaling.logarithm().apply(pair(values).scale), target.shape());
    }
}
