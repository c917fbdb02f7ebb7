package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Gradients that were predicted have no derivatives, and what has learned from one does not learn from it twice. */
class SecondDerivativesTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 5);
    private final Module decoupled = new Sequential(new DecoupledSequence(
            List.of(block(), block(), block()),
            List.of(new LinearPredictor(factory, 4), new LinearPredictor(factory, 4))));

    @AfterEach
    void close() {
        engine.close();
    }

    private Module block() {
        return new Sequential(new Linear(factory, 4, 4, true), Activation.tanh());
    }

    private Tensor input() {
        Tensor x = root.allocate(Shape.of(3, 4), DType.DOUBLE, MemoryKind.INPUT);
        return x.set(new SplittableRandom(9).doubles(x.elements(), -1, 1).toArray());
    }

    private static Variable loss(Variable y) {
        return Sum.sum(Multiply.multiply(y, y));
    }

    @Test
    void aDecoupledSequenceHasNoSecondDerivatives() {
        try (Tape tape = Tape.training(root, 1)) {
            Variable x = tape.leaf(input());
            Variable loss = loss(decoupled.call(x));
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.differentiate(loss, x))
                    .withMessageStartingWith(
                            "differentiate: the segment decoupled sequence in 0 has a backward of its own,"
                                    + " which cannot be recorded");
        }
    }

    @Test
    void aDecoupledSequenceIsDifferentiatedOnce() {
        try (Tape tape = Tape.training(root, 1)) {
            Variable loss = loss(decoupled.call(tape.leaf(input())));
            Gradients gradients = tape.backwardRetaining(loss);
            Map<String, double[]> before = GradientComparison.snapshot(gradients);
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessage(
                            "backward: the segment decoupled sequence in 0 has learned from its gradient already, and"
                                    + " cannot be differentiated twice; compute it again");
            Map<String, double[]> after = GradientComparison.snapshot(gradients);
            before.forEach((name, values) -> assertThat(after.get(name))
                    .as("%s, which nothing was added to", name)
                    .isEqualTo(values));
        }
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }

    /** What lies behind the last boundary is plain. */
    @Test
    void behindTheLastBoundaryThereAreSecondDerivatives() {
        try (Tape tape = Tape.training(root, 1)) {
            Variable h = decoupled.call(tape.leaf(input()));
            Variable loss = loss(h);
            Variable slope = tape.differentiate(loss, h).get(0);
            assertThat(slope.value().toDoubles()[0]).isEqualTo(2 * h.value().toDoubles()[0]);
            tape.backward(Sum.sum(slope)).close();
        }
    }
}
