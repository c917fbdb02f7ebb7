package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a reversible sequence computes again on its way back is compared with the first run, function by function. */
class ReverseCheckTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);

    @AfterEach
    void close() {
        root.close();
        engine.close();
    }

    private void step(ReversibleSequence sequence, Runnable between) {
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 1)) {
            Variable x1 = tape.leaf(step.allocate(Shape.of(3, 1), DType.FLOAT).set(0.1, 0.3, -0.7));
            Variable x2 = tape.leaf(step.allocate(Shape.of(3, 1), DType.FLOAT).set(0.7, -0.1, 0.9));
            List<Variable> streams = sequence.call(List.of(x1, x2));
            Variable loss = Sum.sum(Add.add(streams.get(0), streams.get(1)));
            between.run();
            tape.backward(loss).close();
            assertThat(tape.gradient(x1)).isNotNull();
        }
    }

    private Linear line() {
        return new Linear(factory, 1, 1, true);
    }

    @Test
    void aWeightOfAnyFunctionThatWasModifiedIsRefused() {
        List<Linear> lines = List.of(line(), line(), line(), line());
        ReversibleSequence sequence = new ReversibleSequence(List.of(
                new AdditiveCoupling(lines.get(0), lines.get(1)), new AdditiveCoupling(lines.get(2), lines.get(3))));
        for (Linear line : lines) {
            assertThatThrownBy(() -> step(sequence, () -> line.weight().value().fill(5)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining(
                            "reversible replay in " + line.weight().path().replace(".weight", ""))
                    .hasMessageContaining("linear: input 1 FLOAT[1, 1] is at version")
                    .hasMessageContaining("modified in place by fill");
        }
        step(sequence, () -> {});
    }

    @Test
    void aFunctionThatBranchesIsRefused() {
        int[] runs = {0};
        UnaryModule fickle = new Activation(x -> runs[0]++ % 2 == 0 ? Relu.relu(x) : Tanh.tanh(x));
        ReversibleSequence sequence = new ReversibleSequence(
                List.of(new AdditiveCoupling(line(), fickle), new AdditiveCoupling(line(), line())));
        assertThatThrownBy(() -> step(sequence, () -> {}))
                .hasMessageContaining("reversible replay in 0.g differs from the first run")
                .hasMessageContaining("Tanh");
    }

    /** Streams come back but for rounding, so a constant made from them may differ. */
    @Test
    void aConstantThatIsMadeFromAStreamPasses() {
        UnaryModule detached = new Activation(x -> {
            Tensor copy = x.tape().scope().allocate(x.shape(), x.dtype()).copyFrom(x.value());
            return Multiply.multiply(x, x.tape().constant(copy));
        });
        step(new ReversibleSequence(List.of(new AdditiveCoupling(detached, line()))), () -> {});
    }
}
