package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

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

class ReshapeTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Reshape(Shape.of(6)), in(2, 3)),
                OpCase.of(new Reshape(Shape.of(3, 2, 1)), in(6)),
                OpCase.of(new Reshape(Shape.scalar()), in(1, 1)),
                OpCase.of(new Reshape(Shape.of(1)), in()));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Reshape(Shape.of(4)), spec(2, 3)),
                Refusal.of(new Reshape(Shape.of(4)), spec(4), spec(4)));
    }

    @Test
    void infersOneSize() {
        try (Engine engine = Engine.create();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(scope.allocate(Shape.of(2, 3, 4), DType.FLOAT));
            assertThat(Reshape.reshape(x, 4, -1).shape()).isEqualTo(Shape.of(4, 6));
            assertThat(Reshape.flatten(x).shape()).isEqualTo(Shape.of(2, 12));
            assertThatThrownBy(() -> Reshape.reshape(x, 5, -1))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("reshape: [2, 3, 4] does not divide into [5, -1]");
            assertThatThrownBy(() -> Reshape.reshape(x, -1, -1))
                    .isInstanceOf(ShapeException.class)
                    .hasMessage("reshape: only one size of [-1, -1] may be -1");
        }
    }
}
