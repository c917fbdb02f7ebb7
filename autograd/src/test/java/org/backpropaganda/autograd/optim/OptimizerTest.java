package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What holds for every optimizer. */
class OptimizerTest {

    private static final String KINDS = "org.backpropaganda.autograd.optim.OptimizerKind#all";

    @ParameterizedTest
    @MethodSource(KINDS)
    void stateComesWithTheFirstGradientAndGoesWithClose(OptimizerKind kind) {
        try (Training training = new Training(DType.FLOAT)) {
            Parameter a = training.parameter("block.a", 1, 2, 3);
            Parameter b = training.parameter("b", 4, 5);
            Optimizer optimizer = kind.build(List.of(a, b), training.root);
            assertThat(optimizer.stateBytes()).isZero();
            long base = training.engine.ledger().liveBytes();
            int versionOfA = a.value().version();
            int versionOfB = b.value().version();

            training.step(optimizer, a, 1, 1, 1);
            assertThat(optimizer.stateBytes()).isEqualTo(12L * kind.tensors());
            assertThat(training.engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isEqualTo(12L * kind.tensors());
            assertThat(training.engine.ledger().liveBytesByPath().getOrDefault("block.a", 0L))
                    .as("the parameter and its state")
                    .isEqualTo(12L + 12L * kind.tensors());
            assertThat(b.value().toDoubles()).containsExactly(4, 5);
            assertThat(b.value().version()).isEqualTo(versionOfB);
            assertThat(a.value().version()).isEqualTo(versionOfA + 1);

            training.step(optimizer, Map.of(a, new double[3], b, new double[2]));
            assertThat(training.engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isEqualTo(20L * kind.tensors());
            assertThat(training.engine.ledger().liveBytes()).isEqualTo(base + 20L * kind.tensors());

            optimizer.close();
            assertThat(optimizer.stateBytes()).isZero();
            assertThat(training.engine.ledger().liveBytes()).isEqualTo(base);
            assertThatIllegalStateException()
                    .isThrownBy(() -> training.step(optimizer, a, 1, 1, 1))
                    .withMessageContaining("after close");
        }
    }

    @ParameterizedTest
    @MethodSource(KINDS)
    void repeatsBitForBitForAnyThreadCount(OptimizerKind kind) {
        double[] once = run(kind, DType.FLOAT, 1);
        assertThat(run(kind, DType.FLOAT, 2)).isEqualTo(once);
        assertThat(run(kind, DType.FLOAT, 3)).isEqualTo(once);
        double[] exact = run(kind, DType.DOUBLE, 2);
        double largest = 0;
        for (int i = 0; i < exact.length; i++) {
            largest = Math.max(largest, Math.abs(once[i] - exact[i]));
        }
        assertThat(largest).isLessThan(1e-5);
    }

    /** More than one piece of a loop for each of three threads. */
    private static double[] run(OptimizerKind kind, DType dtype, int threads) {
        try (Training training =
                new Training(dtype, Engine.builder().threads(threads).build())) {
            SplittableRandom random = new SplittableRandom(9);
            int size = 100_003;
            Parameter p = training.parameter("p", random.doubles(size, -1, 1).toArray());
            Optimizer optimizer = kind.build(List.of(p), training.root);
            for (int i = 0; i < 3; i++) {
                training.step(optimizer, p, random.doubles(size, 0.5, 1).toArray());
            }
            return p.value().toDoubles();
        }
    }

    @Test
    void decaysOnlyWhatIsChosen() {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter weight = training.parameter("weight", 1);
            Parameter bias = training.parameter("bias", 1);
            List<Parameter> both = List.of(weight, bias);
            Map<Parameter, double[]> zeros = Map.of(weight, new double[1], bias, new double[1]);
            Sgd.Builder sgd =
                    Sgd.builder(0.1).weightDecay(0.5).decays(p -> p.path().endsWith("weight"));
            AdamBuilder<AdamW> adamW =
                    AdamW.builder(0.1).weightDecay(0.5).decays(p -> p.path().endsWith("weight"));
            training.step(sgd.build(both, training.root), zeros);
            training.assertValues(weight, 0.95);
            training.assertValues(bias, 1);
            training.step(adamW.build(both, training.root), zeros);
            training.assertValues(weight, 0.95 * 0.95);
            training.assertValues(bias, 1);
        }
    }

    static Stream<OptimizerKind> decaying() {
        Predicate<Parameter> isWeight = parameter -> parameter.path().endsWith("weight");
        return Stream.of(
                new OptimizerKind("adam", 2, Adam.builder(0.1).weightDecay(0.5).decays(isWeight)::build),
                new OptimizerKind(
                        "rmsProp", 1, RmsProp.builder(0.1).weightDecay(0.5).decays(isWeight)::build),
                new OptimizerKind(
                        "adagrad", 1, Adagrad.builder(0.1).weightDecay(0.5).decays(isWeight)::build),
                new OptimizerKind("lion", 1, Lion.builder(0.1).weightDecay(0.5).decays(isWeight)::build),
                new OptimizerKind("lamb", 2, Lamb.builder(0.1).weightDecay(0.5).decays(isWeight)::build));
    }

    @ParameterizedTest
    @MethodSource("decaying")
    void leavesWhatDoesNotDecayAloneUnderAZeroGradient(OptimizerKind kind) {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter weight = training.parameter("weight", 1);
            Parameter bias = training.parameter("bias", 1);
            Optimizer optimizer = kind.build(List.of(weight, bias), training.root);
            training.step(optimizer, Map.of(weight, new double[1], bias, new double[1]));
            assertThat(weight.value().item()).isLessThan(1);
            assertThat(bias.value().item()).isEqualTo(1);
        }
    }

    @Test
    void leavesGradientsOfOthersAlone() {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter mine = training.parameter("mine", 1);
            Parameter other = training.parameter("other", 1);
            Sgd sgd = Sgd.builder(0.1).build(List.of(mine), training.root);
            training.step(sgd, Map.of(mine, new double[] {1}, other, new double[] {1}));
            training.assertValues(mine, 0.9);
            training.assertValues(other, 1);
        }
    }

    @ParameterizedTest
    @MethodSource(KINDS)
    void refusesForeignFrozenAndRepeatedParameters(OptimizerKind kind) {
        try (Training training = new Training(DType.FLOAT);
                Training elsewhere = new Training(DType.FLOAT)) {
            Parameter p = training.parameter("p", 1);
            Parameter frozen = Parameter.frozen(training.root.allocate(Shape.of(2), DType.FLOAT, MemoryKind.PARAMETER));
            Parameter labels = new Parameter(training.root.allocate(Shape.of(2), DType.INT, MemoryKind.PARAMETER));
            assertRefused(kind, training, "no parameters");
            assertRefused(kind, training, "is frozen", p, frozen);
            assertRefused(kind, training, "another engine", p, elsewhere.parameter("q", 1));
            assertRefused(kind, training, "given twice", p, p);
            assertRefused(kind, training, "has no gradients", labels);
        }
    }

    private static void assertRefused(OptimizerKind kind, Training training, String message, Parameter... parameters) {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> kind.build(List.of(parameters), training.root))
                .withMessageContaining(message);
    }

    @Test
    void aStepWithoutRoomForStateChangesNothing() {
        Engine engine = Engine.builder().threads(1).memoryBudgetBytes(1000).build();
        try (Training training = new Training(DType.DOUBLE, engine)) {
            Parameter a = training.parameter("a", 1);
            Parameter big = training.parameter("big", new double[10]);
            Adam adam = Adam.builder(0.5).build(List.of(a, big), training.root);
            try (Gradients gradients = training.gradients(Map.of(a, new double[] {1}, big, new double[10]))) {
                Tensor ballast = training.root.allocate(
                        Shape.of(1000 - engine.ledger().liveBytes() - 100), DType.BYTE, MemoryKind.INPUT);
                assertThatThrownBy(() -> adam.step(gradients))
                        .isInstanceOf(MemoryBudgetException.class)
                        .hasMessageContaining("80 bytes of OPTIMIZER for \"big\"");
                training.assertValues(a, 1);
                ballast.close();
                adam.step(gradients);
                training.assertValues(a, 0.5 + 5e-9);
                assertThat(adam.stateBytes()).isEqualTo(2 * 88);
                assertThat(engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isEqualTo(2 * 88);
            }
        }
    }
}
