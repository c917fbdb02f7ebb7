package org.backpropaganda.reversible.exact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.reversible.ReversibleSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** A sequence of exact couplings computes, to the last bit, what the same couplings compute that store. */
class ExactBitsTest {
    static Stream<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
                for (Functions functions : Functions.values()) {
                    for (int depth : new int[] {1, 8, 64}) {
                        cases.add(Arguments.of(kind, functions, dtype, depth));
                    }
                }
            }
        }
        return cases.stream();
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyNumberOfAStepIsThatOfTheStoringTwin(Kind kind, Functions functions, DType dtype, int depth) {
        Map<String, double[]> expected = ExactStep.numbers(kind, functions, dtype, depth, Sequential::new);
        Map<String, double[]> actual = ExactStep.numbers(kind, functions, dtype, depth, ReversibleSequence::new);
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach(
                (name, numbers) -> assertThat(actual.get(name)).as(name).containsExactly(numbers));
        assertThat(expected.get("input 1"))
                .as("a gradient that tells something")
                .doesNotContain(0.0, Double.NaN);
    }
}
