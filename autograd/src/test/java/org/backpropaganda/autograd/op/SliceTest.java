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
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class SliceTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Slice(0, 1, 2), in(5)),
                OpCase.of(new Slice(1, 0, 1), in(2, 3)),
                OpCase.of(new Slice(2, 1, 3), in(2, 3, 4)),
                OpCase.of(new Slice(3, 2, 2), in(2, 2, 2, 4)),
                OpCase.of(new Slice(1, 0, 3), in(2, 3)),
                OpCase.of(new Slice(0, 0, 1), in(1)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Slice(0, 3, 3), spec(5)),
                Refusal.of(new Slice(0, -1, 2), spec(5)),
                Refusal.of(new Slice(0, 0, 0), spec(5)),
                Refusal.of(new Slice(1, 0, 1), spec(5)),
                Refusal.of(new Slice(0, 0, 1), spec(DType.INT, 5)),
                Refusal.of(new Slice(0, Long.MAX_VALUE, 2), spec(5)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new Slice(1, 1, 2), in(2, 3).of(1, 2, 3, 4, 5, 6));
        assertThat(golden.output()).containsExactly(2.0, 3.0, 5.0, 6.0);
        assertThat(golden.gradients().get(0)).containsExactly(0.0, 1.0, 1.0, 0.0, 1.0, 1.0);
    }

    @Test
    void splitsIntoPartsThatAddUp() {
        try (Engine engine = Engine.create();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.inference(scope)) {
            Variable x =
                    tape.constant(scope.allocate(Shape.of(2, 5), DType.FLOAT).set(0.0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
            List<Variable> parts = Slice.split(x, -1, 2, 3);
            assertThat(parts.get(0).value().toDoubles()).containsExactly(0, 1, 5, 6);
            assertThat(parts.get(1).value().toDoubles()).containsExactly(2, 3, 4, 7, 8, 9);
            assertThatThrownBy(() -> Slice.split(x, 1, 2, 2))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("split: lengths [2, 2] add up to 4, axis 1 of [2, 5] has 5");
        }
    }
}
