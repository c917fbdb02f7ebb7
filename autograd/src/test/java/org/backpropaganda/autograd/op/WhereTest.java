package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WhereTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Where(), labels(2), in(), in()),
                OpCase.of(new Where(), labels(2, 1), in(1), in(1)),
                OpCase.of(new Where(), labels(2, 7), in(7), in(7)),
                OpCase.of(new Where(), labels(2, 1, 1, 5), in(1, 1, 5), in(1, 1, 5)),
                OpCase.of(new Where(), labels(2, 2, 3, 4), in(4), in(2, 3, 4)),
                OpCase.of(new Where(), labels(2, 2, 3, 4), in(2, 3, 1), in(3, 4)),
                OpCase.of(new Where(), labels(2, 2, 3), in(), in(2, 3)),
                OpCase.of(new Where(), labels(2, 2, 3), in(2, 3), in()),
                OpCase.of(new Where(), labels(2, 2, 3), in(), in()),
                OpCase.of(new Where(), labels(2, 2, 3, 3, 2), in(2, 1, 1, 2), in(3, 2)),
                OpCase.of(new Where(), labels(2, 8195), in(8195), in()));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Where(), spec(2), spec(2), spec(2)),
                Refusal.of(new Where(), spec(DType.INT, 2), spec(2)),
                Refusal.of(new Where(), spec(DType.INT, 2), spec(2), spec(DType.DOUBLE, 2)),
                Refusal.of(new Where(), spec(DType.INT, 3), spec(2), spec(3)),
                Refusal.of(new Where(), spec(DType.INT, 3), spec(2, 3), spec(3)),
                Refusal.of(new Where(), spec(DType.INT, 1), spec(3), spec(1)),
                Refusal.of(new Where(), spec(DType.INT, 2), spec(DType.INT, 2), spec(DType.INT, 2)));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(dtype, new Where(), labels(2, 4).of(1, 0, -1, 7), in(4).of(1, 2, 3, 4), in().of(-9));
        assertThat(golden.output()).containsExactly(1.0, -9.0, -9.0, 4.0);
        assertThat(golden.gradients().get(1)).containsExactly(1.0, 0.0, 0.0, 1.0);
        assertThat(golden.gradients().get(2)).containsExactly(2.0);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void whatIsNotChosenLeavesNoTrace(DType dtype) {
        Golden golden = Golden.of(
                dtype,
                new Where(),
                labels(2, 2).of(1, 0),
                in(2).of(1, Double.NaN),
                in(2).of(Double.POSITIVE_INFINITY, 2));
        assertThat(golden.output()).containsExactly(1.0, 2.0);
    }
}
