package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

class GroupedOptimizerTest {

    @Test
    void trainsEachGroupInItsOwnWay() {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter weight = training.parameter("weight", 1);
            Parameter bias = training.parameter("bias", 1);
            Parameter other = training.parameter("other", 1);
            try (Optimizer groups = GroupedOptimizer.of(
                    Sgd.builder(0.1).weightDecay(0.5).build(List.of(weight), training.root),
                    Sgd.builder(0.2).build(List.of(bias), training.root))) {
                Map<Parameter, double[]> ones =
                        Map.of(weight, new double[] {1}, bias, new double[] {1}, other, new double[] {1});
                training.step(groups, ones);
                training.assertValues(weight, 0.85);
                training.assertValues(bias, 0.8);
                training.assertValues(other, 1);
                training.step(groups, bias, 1);
                training.assertValues(weight, 0.85);
                training.assertValues(bias, 0.6);
            }
        }
    }

    @Test
    void scalesAllLearningRatesTogether() {
        try (Training training = new Training(DType.DOUBLE)) {
            GroupedOptimizer groups = GroupedOptimizer.of(
                    sgd(training, 0.1, "a"), GroupedOptimizer.of(sgd(training, 0.3, "b"), sgd(training, 0, "c")));
            assertThat(groups.learningRates()).containsExactly(0.1, 0.3, 0.0);
            LearningRateSchedule schedule = LearningRateSchedule.linearDecay(4);
            for (int step = 0; step < 5; step++) {
                groups.setLearningRate(0.1 * schedule.multiplier(step));
                double left = 1 - step / 4.0;
                assertThat(groups.learningRate()).isEqualTo(0.1 * left);
                assertThat(groups.learningRates().get(1)).isCloseTo(0.3 * left, within(1e-16));
                assertThat(groups.learningRates().get(2)).isZero();
            }
            groups.setLearningRate(0.1);
            assertThat(groups.learningRates()).containsExactly(0.1, 0.3, 0.0);
        }
    }

    private static Sgd sgd(Training training, double rate, String path) {
        return Sgd.builder(rate).build(List.of(training.parameter(path, 1)), training.root);
    }

    @Test
    void countsAndFreesTheStateOfAll() {
        try (Training training = new Training(DType.FLOAT)) {
            Parameter a = training.parameter("a", 1, 2, 3);
            Parameter b = training.parameter("b", 4, 5);
            Optimizer groups = GroupedOptimizer.of(
                    Lion.builder(0.1).build(List.of(a), training.root),
                    Adam.builder(0.1).build(List.of(b), training.root));
            assertThat(groups.stateBytes()).isZero();
            training.step(groups, a, 1, 1, 1);
            assertThat(groups.stateBytes()).isEqualTo(12);
            groups.duringBackward(training.root).close();
            assertThat(groups.stateBytes()).isEqualTo(12 + 16);
            assertThat(training.engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isEqualTo(28);
            groups.close();
            assertThat(groups.stateBytes()).isZero();
            assertThat(training.engine.ledger().liveBytes(MemoryKind.OPTIMIZER)).isZero();
            assertThatIllegalStateException()
                    .isThrownBy(() -> training.step(groups, a, 1, 1, 1))
                    .withMessageContaining("after close");
        }
    }

    @Test
    void aStepWithoutRoomForTheStateOfALaterGroupChangesNothing() {
        Engine engine = Engine.builder().threads(1).memoryBudgetBytes(1000).build();
        try (Training training = new Training(DType.DOUBLE, engine)) {
            Parameter a = training.parameter("a", 1);
            Parameter big = training.parameter("big", new double[10]);
            Optimizer groups = GroupedOptimizer.of(
                    Sgd.builder(0.5).build(List.of(a), training.root),
                    Adam.builder(0.5).build(List.of(big), training.root));
            try (Gradients gradients = training.gradients(Map.of(a, new double[] {1}, big, new double[10]))) {
                training.root.allocate(Shape.of(950 - engine.ledger().liveBytes()), DType.BYTE, MemoryKind.INPUT);
                assertThatThrownBy(() -> groups.step(gradients)).isInstanceOf(MemoryBudgetException.class);
                training.assertValues(a, 1);
            }
        }
    }

    @Test
    void refusesClippingByTheNormOfAllDuringBackward() {
        try (Training training = new Training(DType.FLOAT)) {
            Optimizer groups = GroupedOptimizer.of(sgd(training, 1, "a"));
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> groups.duringBackward(training.root, GradientClip.byNorm(1)))
                    .withMessageContaining("clip by value, or step after backward");
        }
    }

    @Test
    void refusesBadGroups() {
        try (Training training = new Training(DType.FLOAT)) {
            Parameter shared = training.parameter("shared", 1);
            Sgd one = Sgd.builder(0.1).build(List.of(shared), training.root);
            Sgd two = Sgd.builder(0.1).build(List.of(training.parameter("own", 1), shared), training.root);
            Sgd still = Sgd.builder(0).build(List.of(shared), training.root);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GroupedOptimizer.of(one, two))
                    .withMessage("groups: parameter shared FLOAT[1] is in two groups");
            assertThatIllegalArgumentException()
                    .isThrownBy(GroupedOptimizer::of)
                    .withMessage("groups: no optimizers are given");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GroupedOptimizer.of(still))
                    .withMessageContaining("the first learning rate is 0");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GroupedOptimizer.of(new Foreign()))
                    .withMessage("groups: a foreign one is no ParameterOptimizer; extend that");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> GroupedOptimizer.of(one).setLearningRate(-1))
                    .withMessage("groups: learning rate -1.0 must be finite and 0 or more");
        }
    }

    @Test
    void otherGroupsGoOnWithTheirStates() {
        try (Training training = new Training(DType.DOUBLE)) {
            Parameter p = training.parameter("p", 1, 2);
            Parameter q = training.parameter("q", 3);
            Optimizer first = GroupedOptimizer.of(
                    AdamW.builder(0.1).build(List.of(p), training.root),
                    Sgd.builder(0.2).momentum(0.9).build(List.of(q), training.root));
            training.step(first, Map.of(p, new double[] {1, -1}, q, new double[] {2}));
            OptimizerState state = first.state();
            assertThat(state.optimizer()).isEqualTo("groups of adamW, sgd");
            assertThat(state.slots().get(p).tensors()).hasSize(2);
            assertThat(state.slots().get(q).tensors()).hasSize(1);

            Parameter p2 = training.parameter("p2", p.value().toDoubles());
            Parameter q2 = training.parameter("q2", q.value().toDoubles());
            Optimizer second = GroupedOptimizer.of(
                    AdamW.builder(0.1).build(List.of(p2), training.root),
                    Sgd.builder(0.2).momentum(0.9).build(List.of(q2), training.root));
            second.resume(Map.of(p2, 1L, q2, 1L));
            OptimizerState resumed = second.state();
            for (int i = 0; i < 2; i++) {
                resumed.slots()
                        .get(p2)
                        .tensors()
                        .get(i)
                        .copyFrom(state.slots().get(p).tensors().get(i));
            }
            resumed.slots()
                    .get(q2)
                    .tensors()
                    .get(0)
                    .copyFrom(state.slots().get(q).tensors().get(0));
            training.step(first, Map.of(p, new double[] {3, 1}, q, new double[] {1}));
            training.step(second, Map.of(p2, new double[] {3, 1}, q2, new double[] {1}));
            assertThat(p2.value().toDoubles()).isEqualTo(p.value().toDoubles());
            assertThat(q2.value().toDoubles()).isEqualTo(q.value().toDoubles());
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> second.resume(Map.of(p, 1L)))
                    .withMessageContaining("is not one of those given");
        }
    }

    private static final class Foreign implements Optimizer {
        @Override
        public void step(Gradients gradients) {}

        @Override
        public Gradients duringBackward(TensorScope scope) {
            return new Gradients(scope);
        }

        @Override
        public Gradients duringBackward(TensorScope scope, GradientClip clip) {
            return new Gradients(scope);
        }

        @Override
        public double learningRate() {
            return 0;
        }

        @Override
        public void setLearningRate(double rate) {}

        @Override
        public long stateBytes() {
            return 0;
        }

        @Override
        public OptimizerState state() {
            return new OptimizerState("foreign", Map.of());
        }

        @Override
        public void reserve(Collection<Parameter> parameters) {}

        @Override
        public void resume(Map<Parameter, Long> steps) {}

        @Override
        public void close() {}

        @Override
        public String toString() {
            return "a foreign one";
        }
    }
}
