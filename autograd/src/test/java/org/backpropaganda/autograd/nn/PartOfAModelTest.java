package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A part of a model that behaves as in evaluation while the rest trains. */
class PartOfAModelTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(scope, DType.DOUBLE, 1);
    private final BatchNorm frozen = new BatchNorm(factory, 3);
    private final BatchNorm training = new BatchNorm(factory, 3);
    private final Module first = new Sequential(frozen, new Dropout(0.5));
    private final Module model = new Sequential(first, new Sequential(training, Activation.tanh()));

    @AfterEach
    void close() {
        engine.close();
    }

    private double[] output(TapeBuilder builder) {
        try (Tape tape = builder.seed(1).build()) {
            return first.call(tape.constant(input())).value().toDoubles();
        }
    }

    private Tensor input() {
        Tensor x = scope.allocate(Shape.of(4, 3), DType.DOUBLE);
        return x.set(new SplittableRandom(1).doubles(x.elements(), -1, 1).toArray());
    }

    private static double[] mean(BatchNorm norm) {
        return norm.statistics().mean().toDoubles();
    }

    private Map<String, double[]> gradients(TapeBuilder builder, Module module) {
        try (Tape tape = builder.seed(1).build()) {
            Variable y = module.call(tape.constant(input()));
            try (Gradients gradients = tape.backward(Sum.sum(Multiply.multiply(y, y)))) {
                return GradientComparison.snapshot(gradients);
            }
        }
    }

    @Test
    void frozenStatisticsStayAndAreUsedWhileDropoutGoesOn() {
        frozen.statistics().mean().set(1, 2, 3);
        frozen.statistics().variance().set(4, 1, 0.25);
        gradients(Tape.builder(scope).frozenStatistics(first), model);
        assertThat(mean(frozen)).containsExactly(1, 2, 3);
        assertThat(mean(training)).doesNotContain(0);
        double[] y = output(Tape.builder(scope).frozenStatistics(frozen));
        double[] x = input().toDoubles();
        int dropped = 0;
        for (int i = 0; i < y.length; i++) {
            double expected = 2 * (x[i] - (i % 3 + 1)) / Math.sqrt(new double[] {4, 1, 0.25}[i % 3] + frozen.epsilon());
            dropped += y[i] == 0 ? 1 : 0;
            if (y[i] != 0) {
                assertThat(y[i]).isCloseTo(expected, within(1e-12));
            }
        }
        assertThat(dropped).isBetween(1, 11);
    }

    /** The gradient of Σ y² to γ, where y = γ x̂ + β with γ = 1, β = 0 and x̂ = x/√(1 + ε), is 2 Σ x̂². */
    @Test
    void frozenNormsHaveTheGradientsOfTheFrozenForm() {
        Map<String, double[]> found = gradients(Tape.builder(scope).frozenStatistics(frozen), frozen);
        double[] x = input().toDoubles();
        double sum = 0;
        for (int i = 0; i < x.length; i += 3) {
            sum += x[i] * x[i] / (1 + frozen.epsilon());
        }
        assertThat(found.get(frozen.weight().path())[0]).isCloseTo(2 * sum, within(1e-12));
    }

    @Test
    void aPartInEvaluationDropsNothing() {
        assertThat(output(Tape.builder(scope).evaluating(first))).doesNotContain(0);
        assertThat(output(Tape.builder(scope))).contains(0);
        assertThat(mean(frozen)).as("moved by the second, once").isNotEqualTo(new double[3]);
        double[] before = mean(training);
        gradients(Tape.builder(scope).evaluating(), model);
        assertThat(mean(training)).isEqualTo(before);
    }
}
