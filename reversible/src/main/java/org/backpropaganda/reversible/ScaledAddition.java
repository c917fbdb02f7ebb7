package org.backpropaganda.reversible;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = a x + b v}; inverse {@code x = (y − b v)/a}, which multiplies an error of y by 1/a.
 *
 * @param a of the stream, neither 0 nor infinite
 * @param b of the value
 */
record ScaledAddition(double a, double b) implements Combine {

    ScaledAddition {
        if (!Double.isFinite(a) || a == 0 || !Double.isFinite(b)) {
            throw new IllegalArgumentException(
                    "scaledAdd: " + a + " x + " + b + " v has no inverse; give finite factors, that of x not zero");
        }
    }

    @Override
    public Variable forward(Variable target, List<Variable> values) {
        return Add.addInPlace(times(target, a), times(values.get(0), b));
    }

    private static Variable times(Variable x, double factor) {
        return factor == 1 ? x : Scale.scale(x, factor);
    }

    @Override
    public Variable inverse(Variable result, List<Variable> values) {
        return times(Subtract.subtract(result, times(values.get(0), b)), 1 / a);
    }

    @Override
    public Optional<String> refusal(TensorSpec target, List<TensorSpec> values) {
        return Values.refusalOfOthersThan(target, values);
    }

    /** log |a| for each of a sample's elements. */
    @Override
    public @Nullable Variable logDeterminant(Variable target, List<Variable> values) {
        return Math.abs(a) == 1 ? null : LogDeterminants.constant(target, Math.log(Math.abs(a)));
    }
}
