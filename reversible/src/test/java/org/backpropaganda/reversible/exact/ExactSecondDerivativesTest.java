package org.backpropaganda.reversible.exact;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.SecondOrderStep;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Losses with a gradient in them, through sequences in fixed point. */
class ExactSecondDerivativesTest {
    private static final int WIDTH = 4;

    private static Tensor input(TensorScope scope, long seed) {
        Tensor x = scope.allocate(Shape.of(6, WIDTH), DType.DOUBLE, MemoryKind.INPUT);
        return x.set(new SplittableRandom(seed).doubles(x.elements(), -1, 1).toArray());
    }

    @ParameterizedTest
    @EnumSource(Kind.class)
    void theyAreThoseOfTheStoringTwin(Kind kind) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 5);
            List<Coupling> couplings = Stream.generate(() -> kind.of(() -> branch(factory), FixedPoint.STANDARD))
                    .limit(3)
                    .toList();
            SecondOrderStep step = new SecondOrderStep(root, 3);
            Module plain = new Sequential(couplings);
            Module reversible = new ReversibleSequence(couplings);
            Tensor x1 = input(root, 1);
            Tensor x2 = input(root, 2);
            assertThat(SecondOrderStep.distance(
                            step.gradientPenalty(reversible, x1, x2), step.gradientPenalty(plain, x1, x2)))
                    .isLessThan(1e-14);
            Map<String, double[]> product = step.hessianVectorProduct(plain, x1, x2);
            assertThat(product).hasSizeGreaterThanOrEqualTo(3 * 3 + 2);
            assertThat(SecondOrderStep.distance(step.hessianVectorProduct(reversible, x1, x2), product))
                    .isLessThan(1e-14);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
    }

    private static Module branch(ParameterFactory factory) {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, false),
                new BatchNorm(factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.25));
    }
}
