package org.backpropaganda.reversible.exact;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.ReversibleSequence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BdiaTest {
    private static final int SAMPLES = 400;
    private static final int WIDTH = 3;

    /** Steps of 1/4, so that rounding shows. */
    private static final FixedPoint COARSE = new FixedPoint(2, 2);

    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        scope.close();
        engine.close();
    }

    private static Module times(double factor) {
        return new Activation(x -> Scale.scale(x, factor));
    }

    private Tensor quarters(long seed) {
        double[] values = new SplittableRandom(seed)
                .ints(SAMPLES * WIDTH, -40, 40)
                .mapToDouble(n -> n / 4.0)
                .toArray();
        return scope.allocate(Shape.of(SAMPLES, WIDTH), DType.DOUBLE).set(values);
    }

    /** γ (x₋ + s/4) + Q((1 − γ) x + (1 + γ) 3x). */
    private static double expected(double gamma, double before, double now) {
        double parity = Math.floorMod(Math.round(before * 4), 2);
        return gamma * (before + parity / 4) + Math.rint(4 * ((1 - gamma) * now + (1 + gamma) * 3 * now)) / 4;
    }

    /** 1 for each sample whose sign is positive; every sample is to follow the equation with one of the two signs. */
    private static int[] signs(double[] before, double[] now, double[] after) {
        int[] signs = new int[SAMPLES];
        for (int sample = 0; sample < SAMPLES; sample++) {
            boolean positive = true;
            boolean negative = true;
            for (int i = sample * WIDTH; i < (sample + 1) * WIDTH; i++) {
                positive &= after[i] == expected(0.5, before[i], now[i]);
                negative &= after[i] == expected(-0.5, before[i], now[i]);
            }
            assertThat(positive || negative)
                    .as("sample %d follows the equation", sample)
                    .isTrue();
            signs[sample] = positive ? 1 : 0;
        }
        return signs;
    }

    @Test
    void trainingAveragesWithASignThatIsDrawnForEachSampleAndBlock() {
        List<int[]> drawn = new ArrayList<>();
        for (long seed = 1; seed <= 2; seed++) {
            try (Tape tape = Tape.training(scope.child(), seed)) {
                Variable before = tape.constant(quarters(1));
                Variable now = tape.constant(quarters(2));
                for (int block = 0; block < 2; block++) {
                    List<Variable> after = new Bdia(times(3), COARSE).call(List.of(before, now));
                    assertThat(after.get(0).value().toDoubles())
                            .containsExactly(now.value().toDoubles());
                    drawn.add(signs(
                            before.value().toDoubles(),
                            now.value().toDoubles(),
                            after.get(1).value().toDoubles()));
                }
            }
        }
        for (int i = 0; i < drawn.size(); i++) {
            for (int j = 0; j < i; j++) {
                int alike = 0;
                for (int sample = 0; sample < SAMPLES; sample++) {
                    alike += drawn.get(i)[sample] == drawn.get(j)[sample] ? 1 : 0;
                }
                assertThat(alike).as("signs alike of draws %d and %d", i, j).isBetween(150, 250);
            }
            int positive = 0;
            for (int sign : drawn.get(i)) {
                positive += sign;
            }
            assertThat(positive).as("positive signs").isBetween(150, 250);
        }
    }

    @Test
    void evaluationIsTheResidualNetworkUpToRounding() {
        ParameterFactory factory = new ParameterFactory(scope, DType.DOUBLE, 3);
        List<Bdia> blocks = new ArrayList<>();
        List<Module> residuals = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Module h = new Sequential(new Linear(factory, WIDTH, WIDTH, true), Activation.tanh());
            blocks.add(new Bdia(h, new FixedPoint(14, 30)));
            residuals.add(new Residual(h));
        }
        Module sequence = new ReversibleSequence(blocks);
        assertThat(sequence.parameters().keySet()).contains("0.h.0.weight", "5.h.0.bias");
        try (Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(quarters(4));
            double[] actual = sequence.call(List.of(x, x)).get(1).value().toDoubles();
            double[] ordinary = new Sequential(residuals).call(x).value().toDoubles();
            for (int i = 0; i < ordinary.length; i++) {
                assertThat(Math.abs(actual[i] - ordinary[i])).isLessThan(1e-6);
            }
            assertThat(actual).isNotEqualTo(ordinary);
        }
    }

    @Test
    void evaluationCannotBeReversedAndSaysSo() {
        Module body = new ReversibleSequence(List.of(new Bdia(times(3)), new Bdia(times(3))));
        TapeBuilder evaluating = Tape.builder(scope).evaluating();
        try (Tape tape = evaluating.build()) {
            Variable x = tape.leaf(quarters(5));
            assertThatThrownBy(() -> new Sequential(body).call(List.of(x, x)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageStartingWith("bdia in 0.0: in evaluation γ is 0")
                    .hasMessageContaining("Sequential");
        }
    }

    @Test
    void thereIsNoInverseWithoutTheBits() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.constant(quarters(6));
            for (var coupling : List.of(new Bdia(times(3)), new ExactMomentum(times(3), 0.9))) {
                assertThatThrownBy(() -> coupling.inverse(List.of(x, x)))
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessageContaining("inverse: " + coupling.getClass().getSimpleName());
            }
        }
    }
}
