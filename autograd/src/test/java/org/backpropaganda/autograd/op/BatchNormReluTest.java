package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.Random;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchNormReluTest extends OpContract {
    private static final BatchNormRelu OP = new BatchNormRelu(1e-5);

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(OP, in(5, 3), in(3), in(3)),
                OpCase.of(OP, in(2, 3, 4, 5), in(5), in(5)),
                OpCase.of(OP, in(1, 3, 3, 17), in(17), in(17)),
                OpCase.of(OP, in(3, 5, 8), in(8), in(8)).named("a vector of channels"),
                OpCase.of(OP, in(2, 2, 3, 16), in(16), in(16)).named("two vectors of channels"),
                OpCase.of(OP, in(3, 5, 18, 32), in(32), in(32)).named("more rows than images"),
                OpCase.of(OP, in(257, 16), in(16), in(16)).named("a prime number of rows"),
                OpCase.of(new BatchNormRelu(0.1), in(4, 3, 2), in(2), in(2)),
                OpCase.of(OP, in(4, 2, 2, 2).within(9, 11), in(2), in(2)).named("far from zero"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(OP, spec(5, 3), spec(3)),
                Refusal.of(OP, spec(3), spec(3), spec(3)),
                Refusal.of(OP, spec(5, 3), spec(5), spec(3)),
                Refusal.of(OP, spec(5, 3), spec(3), spec(1)),
                Refusal.of(OP, spec(5, 3), spec(DType.DOUBLE, 3), spec(3)),
                Refusal.of(OP, spec(1, 3), spec(3), spec(3)));
    }

    @Test
    void golden() {
        Golden golden = Golden.of(new BatchNormRelu(0), in(2, 2).of(1, 10, 3, 30), in(2).of(1, 2), in(2).of(0, 5));
        assertThat(golden.output()).containsExactly(0.0, 3.0, 1.0, 7.0);
        assertThat(golden.gradients().get(1).get(0)).isCloseTo(1, within(1e-12));
        assertThat(golden.gradients().get(1).get(1)).isCloseTo(0, within(1e-12));
        assertThat(golden.gradients().get(2)).containsExactly(1.0, 2.0);
    }

    /** Whatever implementation a count of channels leads to, it is the function of the two ops. */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 8, 12, 16, 20, 24, 32, 33, 64})
    void equalsTheTwoOps(int channels) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("")) {
            double[][] fused = run(scope, channels, true);
            double[][] apart = run(scope, channels, false);
            for (int i = 0; i < fused.length; i++) {
                assertThat(fused[i]).as("result %d", i).containsExactly(apart[i], within(1e-5));
            }
        }
    }

    private static double[][] run(TensorScope root, int channels, boolean fused) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(values(scope, Shape.of(7, 3, channels), 1));
            Variable gamma = tape.leaf(values(scope, Shape.of(channels), 2));
            Variable beta = tape.leaf(values(scope, Shape.of(channels), 3));
            Variable y =
                    fused ? tape.apply(OP, x, gamma, beta) : Relu.relu(tape.apply(new BatchNorm(1e-5), x, gamma, beta));
            Variable loss = Sum.sum(Multiply.multiply(y, tape.constant(values(scope, y.shape(), 4))));
            double[] output = y.value().toDoubles();
            tape.backward(loss).close();
            return new double[][] {output, gradient(tape, x), gradient(tape, gamma), gradient(tape, beta)};
        }
    }

    private static double[] gradient(Tape tape, Variable leaf) {
        Tensor gradient = tape.gradient(leaf);
        assertThat(gradient).isNotNull();
        return gradient.toDoubles();
    }

    private static Tensor values(TensorScope scope, Shape shape, long seed) {
        double[] values = new Random(seed).doubles(shape.elements(), -1, 1).toArray();
        return scope.allocate(shape, DType.FLOAT).set(values);
    }
}
