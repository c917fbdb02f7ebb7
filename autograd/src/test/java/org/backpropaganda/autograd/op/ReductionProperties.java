package org.backpropaganda.autograd.op;

import static org.backpropaganda.autograd.testkit.Input.in;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.backpropaganda.autograd.testkit.FloatAgainstDouble;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.TensorArbitraries;

/** Sum and mean over every choice of axes, in both types. */
class ReductionProperties {
    @Provide
    Arbitrary<TensorArbitraries.Axes> axes() {
        return TensorArbitraries.axes(5, 6);
    }

    @Property(tries = 100)
    void sum(
            @ForAll("axes") TensorArbitraries.Axes axes,
            @ForAll boolean keep,
            @ForAll @LongRange(min = 0, max = 999) long seed) {
        FloatAgainstDouble.check(OpCase.of(new Sum(axes.axes(), keep), in(axes.shape())), seed, 1e-5);
    }

    @Property(tries = 100)
    void mean(
            @ForAll("axes") TensorArbitraries.Axes axes,
            @ForAll boolean keep,
            @ForAll @LongRange(min = 0, max = 999) long seed) {
        FloatAgainstDouble.check(OpCase.of(new Mean(axes.axes(), keep), in(axes.shape())), seed, 1e-5);
    }
}
