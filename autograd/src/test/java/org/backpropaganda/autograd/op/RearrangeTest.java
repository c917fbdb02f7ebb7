package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

class RearrangeTest {

    /** What a function makes of 0, 1, 2 … in an image. */
    private static double[] rearranged(Shape shape, UnaryOperator<Variable> function) {
        try (Engine engine = Engine.create();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 0)) {
            Tensor x = scope.allocate(shape, DType.FLOAT);
            x.set(DoubleStream.iterate(0, i -> i + 1).limit(x.elements()).toArray());
            Variable y = function.apply(tape.leaf(x));
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            return y.value().toDoubles();
        }
    }

    @Test
    void squaresOfPixelsBecomeChannels() {
        assertThat(rearranged(Shape.of(1, 2, 4, 1), x -> Rearrange.spaceToDepth(x, 2)))
                .containsExactly(0, 1, 4, 5, 2, 3, 6, 7);
    }

    @Test
    void depthToSpaceUndoesIt() {
        double[] back = rearranged(Shape.of(2, 6, 3, 2), x -> Rearrange.depthToSpace(Rearrange.spaceToDepth(x, 3), 3));
        assertThat(back)
                .containsExactly(DoubleStream.iterate(0, i -> i + 1).limit(72).toArray());
    }

    @Test
    void channelsAreDealtOutOfTheirGroups() {
        assertThat(rearranged(Shape.of(1, 1, 1, 6), x -> Rearrange.channelShuffle(x, 2)))
                .containsExactly(0, 3, 1, 4, 2, 5);
        assertThat(rearranged(Shape.of(2, 6), x -> Rearrange.channelShuffle(Rearrange.channelShuffle(x, 2), 3)))
                .containsExactly(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    }

    @Test
    void refusesWhatDoesNotDivide() {
        assertThatThrownBy(() -> rearranged(Shape.of(1, 3, 4, 1), x -> Rearrange.spaceToDepth(x, 2)))
                .isInstanceOf(ShapeException.class)
                .hasMessageContaining("blocks of 2 do not tile x [1, 3, 4, 1]");
        assertThatThrownBy(() -> rearranged(Shape.of(1, 2, 2, 6), x -> Rearrange.depthToSpace(x, 2)))
                .isInstanceOf(ShapeException.class);
        assertThatThrownBy(() -> rearranged(Shape.of(2, 5), x -> Rearrange.channelShuffle(x, 2)))
                .isInstanceOf(ShapeException.class);
    }
}
