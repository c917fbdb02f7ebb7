package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class PadTest extends OpContract {

    private static Pad pad(List<Long> before, List<Long> after, double value) {
        return new Pad(before, after, value);
    }

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(pad(List.of(1L), List.of(2L), 0), in(3)),
                OpCase.of(pad(List.of(0L, 1L, 2L, 0L), List.of(0L, 0L, 1L, 3L), 0.5), in(2, 3, 2, 2)),
                OpCase.of(pad(List.of(0L, 0L), List.of(0L, 0L), 7), in(2, 3)).named("nothing"),
                OpCase.of(pad(List.of(), List.of(), 7), in()).named("a scalar"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(pad(List.of(1L), List.of(1L), 0), spec(2, 2)),
                Refusal.of(pad(List.of(-1L), List.of(1L), 0), spec(2)),
                Refusal.of(pad(List.of(1L), List.of(1L), 0), spec(2), spec(2)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(pad(List.of(0L, 1L), List.of(1L, 0L), 9), in(1, 2).of(1, 2));
        assertThat(golden.output()).containsExactly(9.0, 1.0, 2.0, 9.0, 9.0, 9.0);
        assertThat(golden.gradients()).containsExactly(List.of(1.0, 1.0));
    }

    /** The injective padding of i-RevNet: zeros that a slice takes off again. */
    @Test
    void channelsArePaddedBehindThemselves() {
        try (TensorScope scope = engine().scope("pad");
                Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(
                    scope.allocate(Shape.of(1, 1, 2, 2), DType.DOUBLE).set(1, 2, 3, 4));
            Variable y = Pad.padChannels(x, 0, 1);
            assertThat(y.shape()).isEqualTo(Shape.of(1, 1, 2, 3));
            assertThat(y.value().toDoubles()).containsExactly(1, 2, 0, 3, 4, 0);
            assertThat(Slice.slice(y, -1, 0, 2).value().toDoubles()).containsExactly(1, 2, 3, 4);
            assertThatThrownBy(() -> Pad.padChannels(x, -1, 0)).isInstanceOf(ShapeException.class);
        }
    }
}
