package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.LeakyRelu;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class InPlaceOpTest {
    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope root = engine.scope("");
    private final Tape tape = Tape.training(root, 1);
    private final Tensor data =
            root.allocate(Shape.of(4), DType.FLOAT, MemoryKind.INPUT).set(-2, -1, 1, 2);
    private final Variable x = tape.leaf(data);

    @AfterEach
    void close() {
        tape.close();
        root.close();
        engine.close();
    }

    private Variable doubled() {
        return Add.add(x, x);
    }

    private static double[] gradient(Tape tape, Variable x, Variable y) {
        Variable weights =
                tape.constant(y.tape().scope().allocate(y.shape(), y.dtype()).set(1, 2, 3, 4));
        tape.backward(Sum.sum(Multiply.multiply(y, weights))).close();
        Tensor gradient = tape.gradient(x);
        return gradient == null ? new double[0] : gradient.toDoubles();
    }

    @Test
    void takesBytesThatAreNobodyElses() {
        Variable h = doubled();
        long live = engine.ledger().liveBytes(MemoryKind.TEMPORARY);
        Variable y = Add.addInPlace(x, h);
        assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(live);
        assertThat(y.value().toDoubles()).containsExactly(-6, -3, 3, 6);
        assertThat(data.toDoubles()).containsExactly(-2, -1, 1, 2);
        assertThatThrownBy(h::value)
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("consumed by add, which works in place");
        assertThat(gradient(tape, x, y)).containsExactly(3, 6, 9, 12);
    }

    @Test
    void rectifiersTakeBytesThatAreNobodyElses() {
        for (UnaryOperator<Variable> rectifier :
                List.<UnaryOperator<Variable>>of(Relu::reluInPlace, h -> LeakyRelu.leakyReluInPlace(h, 0.5))) {
            Variable h = doubled();
            long live = engine.ledger().liveBytes(MemoryKind.TEMPORARY);
            assertThat(rectifier.apply(h).value().toDoubles()).endsWith(2, 4);
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(live);
            assertThatThrownBy(h::value).hasMessageContaining("which works in place");
        }
    }

    @Test
    void rectifiersKeepTheSignsOfWhatTheyOverwrite() {
        Variable y = LeakyRelu.leakyReluInPlace(doubled(), 0.5);
        assertThat(y.value().toDoubles()).containsExactly(-2, -1, 2, 4);
        assertThat(gradient(tape, x, y)).containsExactly(1, 2, 6, 8);
    }

    @Test
    void leavesAnInputOfTheStep() {
        Variable y = Relu.reluInPlace(x);
        assertThat(y.value().toDoubles()).containsExactly(0, 0, 1, 2);
        assertThat(x.value().toDoubles()).containsExactly(-2, -1, 1, 2);
    }

    @Test
    void leavesWhatIsHeld() {
        Variable h = doubled();
        Variable held = Identity.hold(h);
        Variable y = Relu.reluInPlace(h);
        assertThat(y.value().toDoubles()).containsExactly(0, 0, 2, 4);
        assertThat(held.value().toDoubles()).containsExactly(-4, -2, 2, 4);
    }

    @Test
    void leavesWhatIsSavedForBackward() {
        Variable h = Tanh.tanh(x);
        double[] saved = h.value().toDoubles();
        Variable y = Relu.reluInPlace(h);
        assertThat(h.value().toDoubles()).containsExactly(saved);
        assertThat(gradient(tape, x, y)[0]).isZero();
    }

    @Test
    void leavesWhatIsGivenTwice() {
        Variable h = doubled();
        Variable y = Add.addInPlace(h, h);
        assertThat(y.value().toDoubles()).containsExactly(-8, -4, 4, 8);
        assertThat(h.value().toDoubles()).containsExactly(-4, -2, 2, 4);
    }

    @Test
    void leavesWhatIsBroadcast() {
        Variable row = Sum.sum(doubled());
        Variable y = Add.addInPlace(x, row);
        assertThat(y.value().toDoubles()).containsExactly(-2, -1, 1, 2);
        assertThat(row.value().item()).isZero();
    }
}
