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

/** Convolution in {@code FLOAT} against {@code DOUBLE} over windows, groups and channels. */
class Conv2dProperties {
    @Provide
    Arbitrary<TensorArbitraries.Convolution> convolutions() {
        return TensorArbitraries.convolutions();
    }

    @Property(tries = 120)
    void floatIsCloseToDouble(
            @ForAll("convolutions") TensorArbitraries.Convolution c,
            @ForAll boolean bias,
            @ForAll @LongRange(min = 0, max = 999) long seed) {
        Conv2d op = new Conv2d(c.window(), c.groups());
        OpCase opCase =
                bias ? OpCase.of(op, in(c.x()), in(c.w()), in(c.w().dim(0))) : OpCase.of(op, in(c.x()), in(c.w()));
        FloatAgainstDouble.check(opCase, seed, 1e-5);
    }
}
