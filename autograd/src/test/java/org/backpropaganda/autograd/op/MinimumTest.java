package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class MinimumTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Minimum(), in().distinct(), in().distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(new Minimum(), in(1).distinct(), in(1).distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(new Minimum(), in(5).distinct(), in(5).distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(
                        new Minimum(), in(3, 4).distinct(), in(3, 4).distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(
                        new Minimum(),
                        in(1, 1, 5).distinct(),
                        in(1, 1, 5).distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(
                        new Minimum(), in(2, 3, 4).distinct(), in(4).distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(
                        new Minimum(), in(4).distinct(), in(2, 3, 4).distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(
                        new Minimum(),
                        in(2, 1, 4).distinct(),
                        in(3, 1).distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(new Minimum(), in().distinct(), in(2, 3).distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(new Minimum(), in(2, 3).distinct(), in().distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(
                        new Minimum(),
                        in(2, 3, 3, 2).distinct(),
                        in(2, 1, 1, 2).distinct().mapped(x -> x + 1.0 / 128)),
                OpCase.of(
                        new Minimum(), in(4099).distinct(), in(4099).distinct().mapped(x -> x + 1.0 / 128)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Minimum(), spec(2, 3), spec(2)),
                Refusal.of(new Minimum(), spec(2)),
                Refusal.of(new Minimum(), spec(2), spec(DType.DOUBLE, 2)),
                Refusal.of(new Minimum(), spec(DType.INT, 2), spec(DType.INT, 2)));
    }

    /** Of equals the first has the gradient. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(dtype, new Minimum(), in(3).of(1, 3, 2), in(3).of(2, -1, 2));
        assertThat(golden.output()).containsExactly(1.0, -1.0, 2.0);
        assertThat(golden.gradients()).containsExactly(List.of(1.0, 0.0, 1.0), List.of(0.0, 1.0, 0.0));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void infinities(DType dtype) {
        Golden golden = Golden.of(
                dtype, new Minimum(), in(2).of(Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY), in().of(10_000));
        assertThat(golden.output()).containsExactly(10_000.0, Double.NEGATIVE_INFINITY);
    }
}
