package org.backpropaganda.autograd.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** The law that a network which has diverged looks diverged. */
abstract class DivergenceContract extends OpCases {
    /** Elements of an input that are made NaN, one at a time. */
    private static final int NAN_PLACES = 4;

    /** Takes an input of an ordinary case across every kink and limit, and beyond all others. */
    private static final double FAR = 8;

    /**
     * Whether NaN in an input must show in every output element that changes with that input. Ops whose outputs depend on an
     * input by order alone, and say where NaN stands in it, override this.
     */
    protected boolean showsNan(OpCase opCase, int input) {
        return true;
    }

    /** Whether the op stops at NaN, by an {@link ArithmeticException} that says so, instead of showing it. */
    protected boolean stopsAtNan() {
        return false;
    }

    @TestFactory
    final Stream<DynamicTest> nanShowsInAllThatDependsOnIt() {
        return law(cases(), (opCase, dtype) -> {
            SplittableRandom random = new SplittableRandom(TestSeed.get());
            double[] base = outputWith(opCase, DType.DOUBLE, 0, 0, x -> x);
            for (int input = 0; input < opCase.inputs().size(); input++) {
                if (opCase.inputs().get(input).type() != null) {
                    continue;
                }
                long elements = opCase.inputs().get(input).shape().elements();
                for (int k = 0; k < Math.min(elements, NAN_PLACES); k++) {
                    int at = elements <= NAN_PLACES ? k : (int) random.nextLong(elements);
                    if (stopsAtNan()) {
                        assertStops(opCase, dtype, input, at);
                        continue;
                    }
                    double[] above = outputWith(opCase, DType.DOUBLE, input, at, x -> x + FAR);
                    double[] below = outputWith(opCase, DType.DOUBLE, input, at, x -> x - FAR);
                    double[] actual = outputWith(opCase, dtype, input, at, x -> Double.NaN);
                    for (int i = 0; i < base.length; i++) {
                        boolean depends = differ(base[i], above[i]) || differ(base[i], below[i]);
                        if (depends && showsNan(opCase, input)) {
                            assertThat(actual[i])
                                    .as("output %d where element %d of input %d is NaN", i, at, input)
                                    .isNaN();
                        }
                    }
                }
            }
        });
    }

    private void assertStops(OpCase opCase, DType dtype, int input, int at) {
        assertThatThrownBy(() -> outputWith(opCase, dtype, input, at, x -> Double.NaN))
                .as("where element %d of input %d is NaN", at, input)
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("NaN");
    }

    private static boolean differ(double a, double b) {
        return Double.doubleToLongBits(a) != Double.doubleToLongBits(b);
    }

    private double[] outputWith(OpCase opCase, DType dtype, int input, int element, DoubleUnaryOperator change) {
        try (OpTrial trial = new OpTrial(engine(), opCase.op(), opCase, dtype, Set.of(), false)) {
            double[] values = trial.inputs.get(input).toDoubles();
            values[element] = change.applyAsDouble(values[element]);
            trial.inputs.get(input).set(values);
            return trial.forward().value().toDoubles();
        }
    }
}
