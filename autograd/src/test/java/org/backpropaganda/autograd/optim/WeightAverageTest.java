package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class WeightAverageTest {

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void followsTheGoldenUpdates(DType dtype) {
        assertAverages(dtype, WeightAverage.builder(0.5), new double[] {8, 4, 0}, 8, 6, 3);
        assertAverages(dtype, WeightAverage.builder(0), new double[] {4, 3, 1}, 4, 3, 1);
        // Weights (1), (1, 2) / 3, (1, 2, 4) / 7; what was there before has none.
        assertAverages(dtype, WeightAverage.builder(0.5).warmUp(), new double[] {6, 3, -3}, 6, 4, 0);
        assertAverages(dtype, WeightAverage.builder(0).warmUp(), new double[] {4, 3}, 4, 3);
    }

    /** From 8, by the values after each step. */
    private static void assertAverages(
            DType dtype, WeightAverage.Builder builder, double[] values, double... expected) {
        try (Training training = new Training(dtype)) {
            Parameter p = training.parameter("p", 8);
            try (WeightAverage average = builder.build(List.of(p), training.root)) {
                for (int i = 0; i < values.length; i++) {
                    p.value().set(values[i]);
                    average.update();
                    try (WeightSwap averaged = average.swapIn()) {
                        assertThat(averaged.isOpen()).isTrue();
                        training.assertValues(p, expected[i]);
                    }
                    assertThat(p.value().item()).isEqualTo(values[i]);
                }
            }
        }
    }

    /** The bias-corrected sum of Adam's § 7.2. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void warmUpIsTheCorrectedSum(DType dtype) {
        double beta = 0.9;
        try (Training training = new Training(dtype)) {
            SplittableRandom random = new SplittableRandom(11);
            Parameter p = training.parameter("p", 100, 100, 100);
            WeightAverage average = WeightAverage.builder(beta).warmUp().build(List.of(p), training.root);
            double[] sum = new double[3];
            for (int t = 1; t <= 20; t++) {
                double[] values = training.narrowed(random.doubles(3, -1, 1).toArray());
                p.value().set(values);
                average.update();
                double[] expected = new double[3];
                for (int i = 0; i < 3; i++) {
                    sum[i] = beta * sum[i] + (1 - beta) * values[i];
                    expected[i] = sum[i] / (1 - Math.pow(beta, t));
                }
                try (WeightSwap averaged = average.swapIn()) {
                    assertThat(averaged.isOpen()).isTrue();
                    training.assertValues(p, expected);
                }
                assertThat(p.value().toDoubles()).isEqualTo(values);
            }
        }
    }

    @Test
    void whatDoesNotMoveStaysExactly() {
        try (Training training = new Training(DType.FLOAT)) {
            double[] values = training.narrowed(
                    new SplittableRandom(12).doubles(1000, -1, 1).toArray());
            Parameter p = training.parameter("p", values);
            WeightAverage average = WeightAverage.builder(0.9999).build(List.of(p), training.root);
            for (int i = 0; i < 100; i++) {
                average.update();
            }
            try (WeightSwap averaged = average.swapIn()) {
                assertThat(averaged.isOpen()).isTrue();
                assertThat(p.value().toDoubles()).isEqualTo(values);
            }
        }
    }

    /** A NaN with a payload, a negative zero, the smallest number above 0, and more than a piece of a loop of others. */
    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void everyBitComesBack(DType dtype) {
        try (Training training = new Training(dtype)) {
            Parameter p = training.parameter(
                    "p", new SplittableRandom(13).doubles(100_003, -1, 1).toArray());
            p.value()
                    .buffer(0, 16)
                    .putInt(0, 0x7fa12345)
                    .putInt(4, 0x80000000)
                    .putInt(8, 1)
                    .putInt(12, 0x7ff54321);
            WeightAverage average = WeightAverage.builder(0.5).build(List.of(p), training.root);
            byte[] before = bytes(p);
            long live = training.engine.ledger().liveBytes();
            assertThatThrownBy(() -> {
                        try (WeightSwap averaged = average.swapIn()) {
                            p.value().buffer(0, 8).putLong(0, 7);
                            assertThat(training.engine.ledger().liveBytes()).isEqualTo(live);
                            throw new UnsupportedOperationException("evaluating: " + averaged.isOpen());
                        }
                    })
                    .isInstanceOf(UnsupportedOperationException.class);
            assertThat(bytes(p)).isEqualTo(before);
        }
    }

    private static byte[] bytes(Parameter p) {
        byte[] bytes = new byte[(int) p.value().bytes()];
        p.value().buffer(0, bytes.length).get(bytes);
        return bytes;
    }

    @Test
    void stateIsBookedAndFreed() {
        try (Training training = new Training(DType.FLOAT)) {
            Parameter a = training.parameter("block.a", 1, 2, 3);
            Parameter b = training.parameter("b", 4, 5);
            long before = training.engine.ledger().liveBytes();
            WeightAverage average = WeightAverage.builder(0.9).build(List.of(a, b), training.root);
            assertThat(average.stateBytes()).isEqualTo(20);
            assertThat(training.engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isEqualTo(20);
            assertThat(training.engine.ledger().liveBytes()).isEqualTo(before + 20);
            a.value().set(9, 9, 9);
            WeightSwap averaged = average.swapIn();
            training.assertValues(a, 1, 2, 3);
            average.close();
            average.close();
            averaged.close();
            training.assertValues(a, 9, 9, 9);
            assertThat(average.stateBytes()).isZero();
            assertThat(training.engine.ledger().liveBytes()).isEqualTo(before);
            assertThatIllegalStateException()
                    .isThrownBy(average::update)
                    .withMessage("weight average: update after close");
            assertThatIllegalStateException().isThrownBy(average::swapIn).withMessageContaining("after close");
        }
    }

    @Test
    void refusesToTrainWhileSwappedIn() {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter p = training.parameter("p", 1);
            Sgd sgd = Sgd.builder(0.1).build(List.of(p), training.root);
            WeightAverage average = WeightAverage.builder(0.5).build(List.of(p), training.root);
            training.step(sgd, p, 1);
            WeightSwap averaged = average.swapIn();
            assertThatIllegalStateException()
                    .isThrownBy(average::update)
                    .withMessage("weight average: update while the averages stand in for the parameters");
            assertThatIllegalStateException().isThrownBy(average::swapIn);
            training.step(sgd, p, 1);
            assertThatIllegalStateException()
                    .isThrownBy(averaged::close)
                    .withMessage(
                            "weight swap: parameter p was modified by sgd while another value stood in; train after"
                                    + " closing the swap");
            training.assertValues(p, 0.9);
            averaged.close();
            training.assertValues(p, 0.9);
            average.update();
        }
    }

    @Test
    void refusesBadChoicesAndLeavesNothing() {
        Engine engine = Engine.builder().threads(1).memoryBudgetBytes(40).build();
        try (Training training = new Training(DType.DOUBLE, engine)) {
            Parameter a = training.parameter("a", 1);
            Parameter b = training.parameter("b", 1, 2);
            WeightAverage.Builder builder = WeightAverage.builder(0.5);
            assertThatThrownBy(() -> builder.build(List.of(a, b), training.root))
                    .isInstanceOf(MemoryBudgetException.class);
            assertThat(engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isZero();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> builder.build(List.of(a, a), training.root))
                    .withMessageContaining("given twice");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> WeightAverage.builder(1))
                    .withMessage("weight average: decay 1.0 is not within [0, 1)");
        }
    }
}
