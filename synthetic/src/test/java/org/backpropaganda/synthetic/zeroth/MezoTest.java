package org.backpropaganda.synthetic.zeroth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class MezoTest {
    private static Mezo.Builder builder(double rate, boolean inPlace) {
        Mezo.Builder builder = Mezo.builder(rate);
        return inPlace ? builder.inPlace() : builder;
    }

    /** The direction is told by where the weights went, not by what draws it. */
    @ParameterizedTest
    @ValueSource(doubles = {1e-3, 0.1, 1, 10})
    void slopeOfAQuadraticIsExactAtAnyDistance(double epsilon) {
        for (boolean inPlace : new boolean[] {false, true}) {
            try (ZerothTrial trial = new ZerothTrial(DType.DOUBLE)) {
                double[] gradient = trial.gradient();
                double[] before = trial.values();
                double slope = builder(1, inPlace)
                        .epsilon(epsilon)
                        .build(trial.both(), trial.root)
                        .step(4, trial::quadratic)
                        .slopes()
                        .get(0);
                double[] after = trial.values();
                double expected = 0;
                for (int i = 0; i < gradient.length; i++) {
                    expected += gradient[i] * (before[i] - after[i]) / slope;
                    expected -= gradient[i] * (before[gradient.length + i] - after[gradient.length + i]) / slope;
                }
                assertThat(slope).isCloseTo(expected, within(1e-10));
            }
        }
    }

    @Test
    void lossIsTheMeanOfAllPasses() {
        try (ZerothTrial trial = new ZerothTrial(DType.DOUBLE)) {
            double[] z = ZerothTrial.direction(trial.both(), 4, 0);
            double[] d = new double[ZerothTrial.SIZE];
            double[] theta = new double[d.length];
            double[] values = trial.values();
            for (int i = 0; i < d.length; i++) {
                d[i] = 0.5 * (z[i] - z[d.length + i]);
                theta[i] = values[i] - values[d.length + i];
            }
            double curved = 0.5 * ZerothTrial.dot(theta, trial.gradient());
            for (int i = 0; i < d.length; i++) {
                for (int j = 0; j < d.length; j++) {
                    curved += 0.5 * d[i] * trial.matrix[i * d.length + j] * d[j];
                }
            }
            DirectionalStep step =
                    Mezo.builder(0).epsilon(0.5).build(trial.both(), trial.root).step(4, trial::quadratic);
            assertThat(step.loss()).isCloseTo(curved, within(1e-12));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void updateIsTheMeanOverDirectionsAndTheDecay(DType dtype) {
        try (ZerothTrial trial = new ZerothTrial(dtype)) {
            double[] before = trial.values();
            Mezo mezo = Mezo.builder(7).samples(3).weightDecay(0.25).build(trial.both(), trial.root);
            mezo.setLearningRate(0.5);
            List<Double> slopes = mezo.step(-9, trial::quadratic).slopes();
            assertThat(slopes).hasSize(3).doesNotHaveDuplicates();
            double[] expected = before.clone();
            for (int s = 0; s < 3; s++) {
                double[] z = ZerothTrial.direction(trial.both(), -9, s);
                for (int i = 0; i < z.length; i++) {
                    expected[i] -= 0.5 * (slopes.get(s) * z[i] / 3 + 0.25 / 3 * before[i]);
                }
            }
            double rounding = dtype == DType.FLOAT ? 1e-6 : 1e-14;
            assertThat(trial.values()).containsExactly(expected, Offset.offset(rounding));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void withoutALearningRateEveryBitStays(DType dtype) {
        try (ZerothTrial trial = new ZerothTrial(dtype)) {
            Module model = trial.model();
            Parameter weight = model.parameterList().get(0);
            double[] values = weight.value().toDoubles();
            values[0] = -0.0;
            values[1] = 1e-30;
            weight.value().set(values);
            double[] before = ZerothTrial.values(model.parameterList());
            Mezo mezo = Mezo.builder(0).samples(2).weightDecay(1).build(model.parameterList(), trial.root);
            for (int step = 0; step < 20; step++) {
                mezo.step(step, trial.loss(model));
            }
            assertThat(Arrays.equals(ZerothTrial.values(model.parameterList()), before))
                    .isTrue();
        }
    }

    @Test
    void inPlaceComesBackToWithinARoundingOfEachMove() {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT)) {
            double[] before = trial.values();
            Mezo mezo = Mezo.builder(0).epsilon(1).samples(2).inPlace().build(trial.both(), trial.root);
            int steps = 50;
            for (int step = 0; step < steps; step++) {
                mezo.step(step, trial::quadratic);
            }
            double largest = Math.ulp(16f);
            assertThat(trial.values()).isNotEqualTo(before);
            assertThat(trial.values()).containsExactly(before, Offset.offset(steps * 6 * largest / 2));
        }
    }

    private static double[] trained(long seed, boolean inPlace) {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT)) {
            Module model = trial.model();
            Mezo mezo = builder(0.01, inPlace).samples(2).build(model.parameterList(), trial.root);
            for (int step = 0; step < 5; step++) {
                mezo.step(seed + step, trial.loss(model));
            }
            return ZerothTrial.values(model.parameterList());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void sameSeedsGiveTheSameBits(boolean inPlace) {
        double[] once = trained(100, inPlace);
        assertThat(trained(100, inPlace)).isEqualTo(once);
        assertThat(trained(101, inPlace)).isNotEqualTo(once);
    }

    /** Slopes of the same directions, exact: with other masks in the second pass they would be off by 1/ε. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allPassesOfAStepDrawTheSameMasks(boolean inPlace) {
        try (ZerothTrial trial = new ZerothTrial(DType.DOUBLE)) {
            Module model = trial.model();
            Mezo mezo = builder(0, inPlace).epsilon(1e-5).samples(3).build(model.parameterList(), trial.root);
            ForwardGradient exact = ForwardGradient.builder(0).samples(3).build(model.parameterList(), trial.root);
            double[] expected = toArray(exact.step(21, trial.loss(model)));
            assertThat(toArray(mezo.step(21, trial.loss(model)))).containsExactly(expected, Offset.offset(1e-7));
        }
    }

    private static double[] toArray(DirectionalStep step) {
        return step.slopes().stream().mapToDouble(Double::doubleValue).toArray();
    }

    @Test
    void effectsHappenOnceInTheLastPass() {
        try (ZerothTrial trial = new ZerothTrial(DType.DOUBLE)) {
            Module model = trial.model();
            int[] passes = new int[2];
            Function<Tape, Variable> loss = tape -> {
                passes[0]++;
                tape.onFirstRun(() -> passes[1] = passes[0]);
                return trial.loss(model).apply(tape);
            };
            Mezo mezo = Mezo.builder(0.1).samples(3).build(model.parameterList(), trial.root);
            mezo.step(1, loss);
            assertThat(passes).containsExactly(6, 6);
            mezo.step(2, loss);
            assertThat(passes).containsExactly(12, 12);
            assertThat(model.buffers().get("1.num_batches_tracked").item()).isEqualTo(2);
        }
    }

    @Test
    void whatIsFrozenLaterStays() {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT)) {
            Mezo mezo = Mezo.builder(0.1).weightDecay(1).build(trial.both(), trial.root);
            double[] before = trial.first.value().toDoubles();
            double[] other = trial.second.value().toDoubles();
            trial.first.freeze();
            mezo.step(1, trial::quadratic);
            assertThat(trial.first.value().toDoubles()).isEqualTo(before);
            assertThat(trial.second.value().toDoubles()).isNotEqualTo(other);
        }
    }

    @Test
    void descends() {
        try (ZerothTrial trial = new ZerothTrial(DType.FLOAT)) {
            Module model = trial.model();
            Mezo mezo = Mezo.builder(0.02).samples(4).build(model.parameterList(), trial.root);
            double first = mezo.step(0, trial.loss(model)).loss();
            double last = 0;
            for (int step = 1; step <= 400; step++) {
                last = mezo.step(step, trial.loss(model)).loss();
            }
            assertThat(last).isLessThan(0.7 * first);
        }
    }
}
