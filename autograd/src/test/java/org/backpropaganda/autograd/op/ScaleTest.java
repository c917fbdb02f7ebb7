package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ScaleTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Scale(-3, 0), in()),
                OpCase.of(new Scale(0, 0), in(3)),
                OpCase.of(new Scale(0.5, -1), in(3, 5)),
                OpCase.of(new Scale(1, 2), in(2, 1, 9)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Scale(2, 0), spec(2), spec(2)), Refusal.of(new Scale(2, 0), spec(DType.INT, 4)));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void golden(DType dtype) {
        Golden golden = Golden.of(dtype, new Scale(2, 0.5), in(3).of(-1, 0, 4));
        assertThat(golden.output()).containsExactly(-1.5, 0.5, 8.5);
        assertThat(golden.gradients().get(0)).containsExactly(2.0, 2.0, 2.0);
    }
}
