package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.SecondOrderStep;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Second derivatives of every model under every strategy: equal to plain's, or refused. */
class SecondOrderTest {
    private static final double BOUND = 1e-10;

    static Stream<Arguments> strategies() {
        return SummaryTest.everything()
                .filter(arguments -> arguments.get()[2] == DType.DOUBLE)
                .filter(arguments -> !arguments.get()[1].equals("plain"))
                .map(arguments -> Arguments.of(arguments.get()[0], arguments.get()[1]));
    }

    private enum Objective {
        GRADIENT_PENALTY,
        HESSIAN_VECTOR_PRODUCT
    }

    private static Map<String, double[]> step(String kind, String strategy, Objective objective) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            ModelSpec spec =
                    new ModelSpec(kind, new ModelSpec.Size(3, 8), 2, new ModelSpec.Images(8, 8, 3, 10), DType.DOUBLE);
            LossModule model = new LossModule(Model.create(spec, Strategy.parse(strategy), root, 3));
            Tensor images = root.allocate(Shape.of(4, 8, 8, 3), DType.DOUBLE, MemoryKind.INPUT);
            images.set(new SplittableRandom(1).doubles(images.elements(), -1, 1).toArray());
            Tensor labels =
                    root.allocate(Shape.of(4), DType.INT, MemoryKind.INPUT).set(1, 7, 3, 1);
            SecondOrderStep step = new SecondOrderStep(root, 5);
            Map<String, double[]> values = objective == Objective.GRADIENT_PENALTY
                    ? step.gradientPenalty(model, images, labels)
                    : step.hessianVectorProduct(model, images, labels);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            return values;
        }
    }

    @ParameterizedTest
    @MethodSource("strategies")
    void equalPlainOrAreRefused(String kind, String strategy) {
        for (Objective objective : Objective.values()) {
            if (Strategy.parse(strategy).fidelity() == Fidelity.APPROXIMATE) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> step(kind, strategy, objective))
                        .withMessageContaining("the segment decoupled sequence")
                        .withMessageContaining("cannot be recorded");
            } else if (kind.equals("lstm")) {
                assertThatIllegalStateException()
                        .isThrownBy(() -> step(kind, strategy, objective))
                        .withMessageContaining("lstm")
                        .withMessageContaining("has no recorded backward");
            } else {
                double[] plain = byPath(step(kind, "plain", objective));
                double[] values = byPath(step(kind, strategy, objective));
                assertThat(SecondOrderStep.distance(Map.of("", values), Map.of("", plain)))
                        .as("%s", objective)
                        .isLessThan(BOUND);
            }
        }
    }

    private static double[] byPath(Map<String, double[]> values) {
        return values.values().stream().flatMapToDouble(Arrays::stream).toArray();
    }
}
