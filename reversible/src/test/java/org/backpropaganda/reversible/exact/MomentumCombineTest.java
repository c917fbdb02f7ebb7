package org.backpropaganda.reversible.exact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigInteger;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Division by γ gives every velocity back, of the whole range, with one bit kept of each. */
class MomentumCombineTest {
    private static final int COUNT = 10_000;
    private static final FixedPoint GRID = FixedPoint.STANDARD;

    private static double gamma(double gamma) {
        return new ExactMomentum(new Sequential(), gamma).gamma();
    }

    private static FixedPointScale scale(double gamma) {
        return new FixedPointScale(GRID, (int) (gamma(gamma) * 65536));
    }

    @Property
    void scalesAndUnscalesAsIntegersOfAnyLengthDo(
            @ForAll @IntRange(min = 1 << 15, max = (1 << 16) - 1) int numerator,
            @ForAll @LongRange(min = -(1L << 53) + 1, max = (1L << 53) - 1) long n) {
        FixedPointScale scale = new FixedPointScale(GRID, numerator);
        BigInteger product = BigInteger.valueOf(n).multiply(BigInteger.valueOf(numerator));
        long scaled = scale.scaled(n);
        assertThat(scaled).isEqualTo(product.shiftRight(16).longValueExact());
        assertThat(n - scale.least(scaled)).isBetween(0L, 1L);
        assertThat(scale.scaled(scale.least(scaled))).isEqualTo(scaled);
        assertThat(scale.scaled(scale.least(scaled) - 1)).isLessThan(scaled);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.5, 0.500_02, 0.7, 0.9, 0.99, 0.999_98})
    void everyVelocityIsHadBackToTheBit(double gamma) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            try (Engine engine = Engine.builder().threads(2).build();
                    TensorScope scope = engine.scope("");
                    Tape tape = Tape.builder(scope).notRecording().build()) {
                MomentumCombine combine = new MomentumCombine(scale(gamma));
                Tensor v = scope.allocate(Shape.of(COUNT), dtype).set(velocities(dtype));
                double[] before = v.toDoubles();
                Tensor force = scope.allocate(Shape.of(COUNT), dtype)
                        .set(new SplittableRandom(2).doubles(COUNT, -1, 1).toArray());
                Variable target = tape.constant(v);
                List<Variable> values = List.of(tape.constant(force));
                Tensor lost = combine.lost(target, values);
                assertThat(lost.bytes()).isEqualTo(COUNT / 8);
                Variable result = combine.forward(target, values);
                assertThat(combine.inverse(result, values, lost).value().toDoubles())
                        .containsExactly(before);
                assertThat(v.toDoubles()).containsExactly(before);
            }
        }
    }

    /** Whole units of all sizes, both ends of the range among them: averages of what lies within it lie within it. */
    private static double[] velocities(DType dtype) {
        long end = (long) GRID.units(dtype);
        SplittableRandom random = new SplittableRandom(1);
        double[] velocities = new double[COUNT];
        for (int i = 0; i < COUNT; i++) {
            velocities[i] = (random.nextLong(-end + 1, end) >> random.nextInt(50)) * GRID.resolution(dtype);
        }
        velocities[0] = (end - 1) * GRID.resolution(dtype);
        velocities[1] = -velocities[0];
        return velocities;
    }

    @ParameterizedTest
    @ValueSource(doubles = {0.499, 0, -0.9, 1, 1.5, 0.999_999, Double.NaN, Double.POSITIVE_INFINITY})
    void otherFactorsAreRefused(double gamma) {
        assertThatThrownBy(() -> new ExactMomentum(new Sequential(), gamma))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("exact momentum: γ " + gamma)
                .hasMessageContaining("[1/2, 1)");
    }

    @Test
    void theFactorIsTheNearestMultiple() {
        assertThat(gamma(0.9)).isEqualTo(58_982 / 65_536.0);
        assertThat(gamma(0.5)).isEqualTo(0.5);
    }
}
