package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class BatchNormInferenceTest extends OpContract {
    private static final BatchNormInference OP = new BatchNormInference(1e-5);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(of(in(5, 3), 3), of(in(2, 1), 1), of(in(2, 3, 4, 5), 5), of(in(1, 3, 3, 17), 17));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(OP, spec(5, 3), spec(3), spec(3)),
                Refusal.of(OP, spec(3), spec(3), spec(3), spec(3), spec(3)),
                Refusal.of(OP, spec(5, 3), spec(3), spec(3), spec(3), spec(5)),
                Refusal.of(OP, spec(5, 3), spec(3), spec(3), spec(DType.DOUBLE, 3), spec(3)));
    }

    private static OpCase of(Input x, long channels) {
        return OpCase.of(
                OP,
                x,
                in(channels),
                in(channels),
                in(channels).constant(),
                in(channels).within(0.1, 2).constant());
    }

    @Test
    void golden() {
        Golden golden = Golden.of(
                new BatchNormInference(0),
                in(2, 1).of(1, 5),
                in(1).of(3),
                in(1).of(1),
                in(1).of(3).constant(),
                in(1).of(4).constant());
        assertThat(golden.output()).containsExactly(-2.0, 4.0);
        assertThat(golden.gradients()).startsWith(List.of(1.5, 1.5), List.of(0.0), List.of(2.0));
    }
}
