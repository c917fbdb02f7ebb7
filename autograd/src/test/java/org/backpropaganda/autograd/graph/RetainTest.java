package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A tape that is differentiated more than once. */
class RetainTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
    private final Module block = new Sequential(
            new Linear(factory, 5, 5, false),
            new BatchNorm(factory, 5),
            new Activation(Relu::relu),
            new Dropout(0.25),
            new Linear(factory, 5, 3, true));

    @AfterEach
    void close() {
        engine.close();
    }

    enum Form {
        PLAIN,
        RECOMPUTED,
        PACKED
    }

    private Module model(Form form) {
        return form == Form.RECOMPUTED ? new Recomputed(block) : block;
    }

    private Tape tape(Form form) {
        SavedTensorPolicy policy =
                form == Form.PACKED ? SavedTensorPolicy.of(new HeapCodec()) : SavedTensorPolicy.keep();
        return Tape.builder(scope).seed(7).policy(policy).build();
    }

    private Tensor input() {
        Tensor x = scope.allocate(Shape.of(6, 5), DType.FLOAT, MemoryKind.INPUT);
        return x.set(new SplittableRandom(2).doubles(x.elements(), -1, 1).toArray());
    }

    @Test
    void productsOfOneJacobianWithSeveralVectorsAreThoseOfSeveralTapes() {
        double[][] seen = new double[4][];
        for (int pass = 0; pass < 2; pass++) {
            try (Tape tape = tape(Form.PLAIN)) {
                Variable x = tape.leaf(input());
                Variable y = block.call(x);
                tape.backward(List.of(y), List.of(unit(y, pass))).close();
                seen[pass] = tape.gradient(x).toDoubles();
            }
        }
        try (Tape tape = tape(Form.PLAIN)) {
            Variable x = tape.leaf(input());
            Variable y = block.call(x);
            for (int pass = 0; pass < 2; pass++) {
                tape.backwardRetaining(List.of(y), List.of(unit(y, pass))).clear();
                seen[2 + pass] = tape.gradient(x).toDoubles();
                tape.gradient(x).zero();
            }
        }
        assertThat(seen[2]).containsExactly(seen[0]);
        assertThat(seen[3]).containsExactly(seen[1]).isNotEqualTo(seen[2]);
    }

    private Tensor unit(Variable y, int at) {
        double[] values = new double[(int) y.shape().elements()];
        values[at] = 1;
        return scope.allocate(y.shape(), y.dtype()).set(values);
    }

    @ParameterizedTest
    @EnumSource
    void everyBackwardGivesTheSameBits(Form form) {
        Map<String, double[]> once;
        try (Tape tape = tape(form)) {
            Variable y = model(form).call(tape.leaf(input()));
            try (Gradients gradients = tape.backward(Mean.mean(Multiply.multiply(y, y)))) {
                once = GradientComparison.snapshot(gradients);
            }
        }
        try (Tape tape = tape(form)) {
            Variable y = model(form).call(tape.leaf(input()));
            Variable loss = Mean.mean(Multiply.multiply(y, y));
            long held = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
            for (int i = 0; i < 3; i++) {
                Gradients gradients = i < 2 ? tape.backwardRetaining(loss) : tape.backward(loss);
                Map<String, double[]> again = GradientComparison.snapshot(gradients);
                assertThat(again.keySet()).isEqualTo(once.keySet());
                once.forEach(
                        (name, values) -> assertThat(again.get(name)).as(name).isEqualTo(values));
                gradients.clear();
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                        .as("held after backward %s", i)
                        .isEqualTo(i < 2 ? held : 0);
            }
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining("drained");
        }
    }

    /** d(xy)/dx and d(x + xy)/dx, one after the other. */
    @Test
    void severalLossesOfOneForward() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(scope.allocate(Shape.of(1), DType.DOUBLE).set(2));
            Variable y = tape.leaf(scope.allocate(Shape.of(1), DType.DOUBLE).set(5));
            Variable product = Multiply.multiply(x, y);
            Variable first = Sum.sum(product);
            Variable second = Sum.sum(Multiply.multiply(product, product));
            tape.backwardRetaining(first).close();
            assertThat(tape.gradient(x).item()).isEqualTo(5);
            tape.backward(second).close();
            assertThat(tape.gradient(x).item()).as("added").isEqualTo(5 + 100);
        }
    }

    @ParameterizedTest
    @EnumSource
    void isRefusedAfterAnUpdate(Form form) {
        Sgd sgd = Sgd.builder(0.1).build(block.parameterList(), scope);
        try (Tape tape = tape(form)) {
            Variable loss = Mean.mean(model(form).call(tape.leaf(input())));
            sgd.step(tape.backwardRetaining(loss));
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining("modified in place by sgd");
        }
    }

    /** A bias alone is read by no gradient: the tape remembers that it read it. */
    @Test
    void isRefusedAfterAnUpdateOfWhatNoGradientReads() {
        Parameter bias = new Linear(factory, 1, 1, true).parameters().get("bias");
        try (Tape tape = Tape.training(scope, 1)) {
            Variable loss = Sum.sum(tape.parameter(bias));
            tape.backwardRetaining(loss);
            bias.value().fill(3);
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backwardRetaining(loss))
                    .withMessageContaining("parameter")
                    .withMessageContaining("modified in place by fill");
        }
    }

    @Test
    void gradientsThatAreHandedOverCannotBeRetained() {
        try (Gradients handed = Gradients.handedOver(scope, (parameter, gradient) -> true);
                Tape tape = Tape.builder(scope).gradients(handed).build()) {
            Variable loss = Mean.mean(block.call(tape.leaf(input())));
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backwardRetaining(loss))
                    .withMessageContaining("handed over");
        }
    }

    /** No half of a gradient is left for the next time. */
    @Test
    void aFailureOnTheWayLeavesNothing() {
        Failing failing = new Failing();
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(scope.allocate(Shape.of(1), DType.DOUBLE).set(3));
            Variable y = tape.apply(failing, List.of(Multiply.multiply(x, x))).get(0);
            Variable loss = Sum.sum(Multiply.multiply(y, y));
            failing.fails = true;
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backwardRetaining(loss))
                    .withMessage("planned");
            failing.fails = false;
            tape.backward(loss).close();
            assertThat(tape.gradient(x).item()).isEqualTo(4 * 27);
        }
    }

    /** The identity, whose backward fails on request. */
    private static final class Failing implements Segment {
        private boolean fails;

        @Override
        public String name() {
            return "failing";
        }

        @Override
        public List<Parameter> parameters() {
            return List.of();
        }

        @Override
        public Result forward(SegmentForward call) {
            return new Result(List.of(call.scope().share(call.input(0))), backward -> {
                if (fails) {
                    throw new IllegalStateException("planned");
                }
                backward.input(0).give(backward.take(backward.output(0)));
            });
        }
    }
}
