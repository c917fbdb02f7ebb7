package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Map;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Steps that compute saved tensors again: what holds for them, whatever else happens in a step. */
class RecomputedStepsTest extends RecomputeFixture {
    /** The first of two layers keeps what both read: the second reads that. */
    @Test
    void whatIsKeptAnywayIsNotMadeAgain() {
        ParameterFactory f = factory(DType.FLOAT);
        Linear first = linear(f);
        Linear second = linear(f);
        RecomputeCount count = new RecomputeCount();
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        try (Tape tape = Tape.builder(scope)
                .policy(RecomputePolicy.cheap().countedBy(count))
                .policy(first, SavedTensorPolicy.keep())
                .build()) {
            Variable made = Activation.gelu().call(tape.leaf(x));
            Variable sum = Add.add(first.call(made), second.call(made));
            made.release();
            assertThat(held()).as("one for both layers; x is INPUT").isEqualTo(BYTES);
            tape.backward(Sum.sum(sum)).close();
        }
        assertThat(count.tensors()).isZero();
    }

    @Test
    void runningStatisticsMoveOnce() {
        BatchNorm norm = BatchNorm.withCumulativeStatistics(factory(DType.FLOAT), WIDTH);
        Module model = new Sequential(linear(factory(DType.FLOAT)), norm, linear(factory(DType.FLOAT)));
        RecomputeCount count = new RecomputeCount();
        step(model, input(DType.FLOAT, ROWS, WIDTH), RecomputePolicy.cheap().countedBy(count));
        assertThat(count.ops()).isEqualTo(1);
        assertThat(model.buffers().get("1.num_batches_tracked").toDoubles()).containsExactly(1);
    }

    @Test
    void aTapeThatRetainsMakesItEachTime() {
        Module model = residual(factory(DType.FLOAT), 2);
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        RecomputeCount count = new RecomputeCount();
        try (Tape tape = Tape.builder(scope)
                .seed(5)
                .policy(RecomputePolicy.cheap().countedBy(count))
                .build()) {
            Variable y = model.call(tape.leaf(x));
            Variable loss = Sum.sum(Multiply.multiply(y, y));
            long held = held();
            Map<String, double[]> first = null;
            for (int i = 0; i < 3; i++) {
                Gradients gradients = i < 2 ? tape.backwardRetaining(loss) : tape.backward(loss);
                Map<String, double[]> now = GradientComparison.snapshot(gradients);
                if (first != null) {
                    first.forEach((name, values) -> assertThat(now.get(name)).isEqualTo(values));
                }
                first = now;
                gradients.clear();
                assertThat(held()).isEqualTo(i < 2 ? held : 0);
            }
        }
        assertThat(count.ops()).isPositive();
    }

    @Test
    void secondDerivativesGoThroughIt() {
        Module model = model("layer norms", DType.DOUBLE);
        Tensor x = input(DType.DOUBLE, ROWS, WIDTH);
        Map<String, double[]> plain = penalty(model, x, SavedTensorPolicy.keep());
        Map<String, double[]> cheap = penalty(model, x, RecomputePolicy.cheap().depthLimit(20));
        assertThat(cheap.keySet()).isEqualTo(plain.keySet()).isNotEmpty();
        plain.forEach((name, values) -> assertThat(cheap.get(name)).as(name).isEqualTo(values));
    }

    private Map<String, double[]> penalty(Module model, Tensor x, SavedTensorPolicy policy) {
        try (Tape tape = Tape.builder(scope).seed(5).policy(policy).build()) {
            Variable given = tape.leaf(x);
            Variable y = model.call(given);
            Variable slope =
                    tape.differentiate(Sum.sum(Multiply.multiply(y, y)), given).get(0);
            try (Gradients gradients = tape.backward(Sum.sum(Multiply.multiply(slope, slope)))) {
                return GradientComparison.snapshot(gradients);
            }
        }
    }

    @Test
    void aFailingStepLeavesNothing() {
        Module model = residual(factory(DType.FLOAT), 3);
        Tensor x = input(DType.FLOAT, ROWS, WIDTH);
        long before = engine.ledger().liveBytes();
        long peak = step(model, x, RecomputePolicy.cheap()).peak();
        for (long missing : new long[] {1, BYTES, 3 * BYTES, peak / 2}) {
            try (Engine tight = Engine.builder()
                    .threads(2)
                    .memoryBudgetBytes(before + peak - missing)
                    .build()) {
                assertFails(tight);
            }
        }
    }

    private static void assertFails(Engine tight) {
        try (TensorScope root = tight.scope("")) {
            Module model = residual(new ParameterFactory(root, DType.FLOAT, 1), 3);
            Tensor x = root.allocate(Shape.of(ROWS, WIDTH), DType.FLOAT, MemoryKind.INPUT)
                    .fill(1);
            assertThatThrownBy(() -> {
                        try (Tape tape = Tape.builder(root)
                                .seed(5)
                                .policy(RecomputePolicy.cheap())
                                .build()) {
                            Variable y = model.call(tape.leaf(x));
                            tape.backward(Sum.sum(Multiply.multiply(y, y))).close();
                        }
                    })
                    .isInstanceOf(MemoryBudgetException.class);
            assertThat(tight.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            assertThat(tight.ledger().liveBytes(MemoryKind.TEMPORARY)).isZero();
        }
    }

    @Test
    void aWeightThatMovedInBetweenIsRefused() {
        BatchNorm norm = new BatchNorm(factory(DType.FLOAT), WIDTH);
        Module model = new Sequential(linear(factory(DType.FLOAT)), norm, linear(factory(DType.FLOAT)));
        try (Tape tape = Tape.builder(scope).policy(RecomputePolicy.cheap()).build()) {
            Variable loss = Sum.sum(model.call(tape.leaf(input(DType.FLOAT, ROWS, WIDTH))));
            norm.bias().value().fill(3).written("somebody");
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining("parameter 1.bias")
                    .withMessageContaining("modified in place by somebody");
        }
        assertThat(held()).isZero();
    }

    @Test
    void refusesLimitsThatMakeNothing() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> RecomputePolicy.cheap().depthLimit(0))
                .withMessage(
                        "recompute: a depth limit of 0 is not from 1 to 1024; leave the policy out to keep everything");
    }
}
