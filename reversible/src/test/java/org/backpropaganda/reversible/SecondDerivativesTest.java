package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.SecondOrderStep;
import org.backpropaganda.reversible.abn.InPlaceAbn;
import org.backpropaganda.reversible.abn.InvertibleActivation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses with a gradient in them, through sequences that reconstruct and norms that work in place. */
class SecondDerivativesTest {
    private static final double BOUND = 1e-10;
    private static final int WIDTH = 4;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 5);
    private final SecondOrderStep step = new SecondOrderStep(root, 3);

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor input(long seed) {
        Tensor x = root.allocate(Shape.of(6, WIDTH), DType.DOUBLE, MemoryKind.INPUT);
        return x.set(new SplittableRandom(seed).doubles(x.elements(), -1, 1).toArray());
    }

    private Module branch() {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, false),
                new BatchNorm(factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.25));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 5})
    void aReversibleSequenceHasThoseOfTheStoringOne(int depth) {
        List<Coupling> couplings = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            couplings.add(new AdditiveCoupling(branch(), branch()));
        }
        Module plain = new Sequential(List.copyOf(couplings));
        Module reversible = new ReversibleSequence(couplings);
        Tensor x1 = input(1);
        Tensor x2 = input(2);
        assertThat(SecondOrderStep.distance(
                        step.gradientPenalty(reversible, x1, x2), step.gradientPenalty(plain, x1, x2)))
                .isLessThan(BOUND);
        Map<String, double[]> product = step.hessianVectorProduct(plain, x1, x2);
        assertThat(product).hasSize(6 * depth + 2);
        assertThat(SecondOrderStep.distance(step.hessianVectorProduct(reversible, x1, x2), product))
                .isLessThan(BOUND);
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }

    /** In place, and beside an input that a skip holds. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anInPlaceNormHasThoseOfItsTwoLayers(boolean held) {
        BatchNorm norm = new BatchNorm(factory, WIDTH);
        norm.weight().value().set(0.5, -2, 1.5, -0.25);
        norm.bias().value().set(1, -1, 0.5, 0);
        LeakyRelu activation = LeakyRelu.inPlace(0.1);
        Linear line = new Linear(factory, WIDTH, WIDTH, false);
        Linear head = new Linear(factory, WIDTH, 2, true);
        Module two = new Sequential(norm, activation);
        Module one = InPlaceAbn.fusing(norm, activation);
        Module plain = new Sequential(line, held ? new Residual(two) : two, Activation.tanh(), head);
        Module fused = new Sequential(line, held ? new Residual(one) : one, Activation.tanh(), head);
        Tensor x = input(1);
        assertThat(SecondOrderStep.distance(
                        values(step.gradientPenalty(fused, x)), values(step.gradientPenalty(plain, x))))
                .isLessThan(BOUND);
        assertThat(SecondOrderStep.distance(
                        values(step.hessianVectorProduct(fused, x)), values(step.hessianVectorProduct(plain, x))))
                .isLessThan(BOUND);
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }

    /** By what a parameter is of, whatever the layers around it are called. */
    private static Map<String, double[]> values(Map<String, double[]> gradients) {
        Map<String, double[]> values = new TreeMap<>();
        gradients.forEach((name, value) ->
                values.put(name.replace("1.norm.", "1.").replace("1.0.", "1.").replace("1.body.0.", "1.body."), value));
        return values;
    }

    /** γ = 0, as in residual blocks that begin as the identity, and γ whose x̂ drowns in β. */
    @ParameterizedTest
    @EnumSource(InPlaceAbn.Variant.class)
    void channelsThatDoNotComeBackHaveThemToo(InPlaceAbn.Variant variant) {
        BatchNorm norm = new BatchNorm(factory, WIDTH);
        norm.weight().value().set(0.5, 0, 1e-6, -0.25);
        norm.bias().value().set(1, -1, 0.5, 0);
        Linear line = new Linear(factory, WIDTH, WIDTH, false);
        Linear head = new Linear(factory, WIDTH, 2, true);
        Module one = InPlaceAbn.builder(norm)
                .activation(InvertibleActivation.leakyRelu(0.1))
                .variant(variant)
                .build()
                .onWarning(text -> {});
        Module plain = new Sequential(line, new Sequential(norm, LeakyRelu.inPlace(0.1)), Activation.tanh(), head);
        Module fused = new Sequential(line, one, Activation.tanh(), head);
        Tensor x = input(1);
        assertThat(SecondOrderStep.distance(
                        values(step.gradientPenalty(fused, x)), values(step.gradientPenalty(plain, x))))
                .isLessThan(BOUND);
        assertThat(SecondOrderStep.distance(
                        values(step.hessianVectorProduct(fused, x)), values(step.hessianVectorProduct(plain, x))))
                .isLessThan(BOUND);
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }
}
