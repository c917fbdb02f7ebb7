package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;

import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.LongRange;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.testkit.FloatAgainstDouble;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.TensorArbitraries;

/** The transposed convolution to the input of every convolution, in {@code FLOAT} against {@code DOUBLE}. */
class ConvTranspose2dProperties {
    @Provide
    Arbitrary<TensorArbitraries.Convolution> convolutions() {
        return TensorArbitraries.convolutions();
    }

    private static Shape outputOf(TensorArbitraries.Convolution c) {
        Window window = c.window();
        return Shape.of(c.x().dim(0), window.outH(c.x().dim(1)), window.outW(c.x().dim(2)), c.w().dim(0));
    }

    @Property(tries = 50)
    void floatIsCloseToDouble(
            @ForAll("convolutions") TensorArbitraries.Convolution c,
            @ForAll boolean bias,
            @ForAll @LongRange(min = 0, max = 999) long seed) {
        ConvTranspose2d op = new ConvTranspose2d(c.window(), c.groups(), c.x().dim(1), c.x().dim(2));
        Shape x = outputOf(c);
        OpCase opCase = bias ? OpCase.of(op, in(x), in(c.w()), in(c.x().dim(3))) : OpCase.of(op, in(x), in(c.w()));
        FloatAgainstDouble.check(opCase, seed, 1e-5);
    }

    /** What a stride leaves untouched is the output padding. */
    @Property(tries = 100)
    void someOutputPaddingReachesEverySize(@ForAll("convolutions") TensorArbitraries.Convolution c) {
        Shape x = outputOf(c);
        ConvTranspose2d least = ConvTranspose2d.padded(c.window(), c.groups(), x, 0, 0);
        int moreH = (int) (c.x().dim(1) - least.height());
        int moreW = (int) (c.x().dim(2) - least.width());
        assertThat(ConvTranspose2d.padded(c.window(), c.groups(), x, moreH, moreW))
                .isEqualTo(new ConvTranspose2d(c.window(), c.groups(), c.x().dim(1), c.x().dim(2)));
    }
}
