package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DecoupledMemoryTest {
    private static final int WIDTH = 16;
    private static final int BATCH = 32;
    private static final long BOUNDARY = (long) Float.BYTES * BATCH * WIDTH;

    private static Module layer(Trial trial) {
        return new Sequential(
                new Linear(trial.factory, WIDTH, WIDTH, true), new BatchNorm(trial.factory, WIDTH), Activation.relu());
    }

    private static Module module(Trial trial, int depth, Module... before) {
        return new Sequential(Stream.concat(
                        Stream.of(before), Stream.generate(() -> layer(trial)).limit(depth))
                .toList());
    }

    private static List<LinearPredictor> predictors(Trial trial, int modules) {
        ParameterFactory own = new ParameterFactory(trial.root, trial.dtype, 3);
        return Stream.generate(() -> new LinearPredictor(own, WIDTH, WIDTH))
                .limit(modules - 1)
                .toList();
    }

    /** Peak ACTIVATION of the second of two steps. */
    private static long peakActivation(Trial trial, Module model, boolean inputNeedsGradient) {
        Tensor x = trial.random(trial.root, 1, BATCH, WIDTH);
        Tensor labels = Trial.labels(trial.root, BATCH);
        trial.step(model, model.parameters(), x, labels, inputNeedsGradient);
        long base = trial.engine.ledger().liveBytes();
        trial.engine.resetPeaks();
        trial.step(model, model.parameters(), x, labels, inputNeedsGradient);
        assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
        return trial.engine.ledger().peakBytes(MemoryKind.ACTIVATION);
    }

    private static long decoupledPeak(int modules, int depth) {
        try (Trial trial = new Trial(DType.FLOAT)) {
            List<Module> parts =
                    Stream.generate(() -> module(trial, depth)).limit(modules).toList();
            return peakActivation(trial, new DecoupledSequence(parts, predictors(trial, modules)), false);
        }
    }

    private static long plainPeak(int depth) {
        try (Trial trial = new Trial(DType.FLOAT)) {
            return peakActivation(trial, module(trial, depth), false);
        }
    }

    @Test
    void fourModulesTakeAThirdOfThePeak() {
        assertThat(decoupledPeak(4, 8)).isLessThanOrEqualTo(plainPeak(32) * 35 / 100);
    }

    @Test
    void thePeakIsThatOfTheLargestModuleAndItsBoundary() {
        assertThat(decoupledPeak(4, 8)).isLessThanOrEqualTo(plainPeak(8) + BOUNDARY);
    }

    @Test
    void thePeakDoesNotGrowWithTheNumberOfModules() {
        assertThat(decoupledPeak(4, 3)).isEqualTo(decoupledPeak(2, 3));
        assertThat(decoupledPeak(9, 3)).isEqualTo(decoupledPeak(2, 3));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aModuleStartsWithNothingAliveButItsBoundary(boolean inputNeedsGradient) {
        try (Trial trial = new Trial(DType.FLOAT)) {
            List<Long> atStart = new ArrayList<>();
            List<Module> parts = new ArrayList<>();
            for (int k = 0; k < 4; k++) {
                parts.add(module(trial, 3, new Activation(x -> {
                    atStart.add(trial.engine.ledger().liveBytes(MemoryKind.ACTIVATION));
                    return x;
                })));
            }
            peakActivation(trial, new DecoupledSequence(parts, predictors(trial, 4)), inputNeedsGradient);
            long kept = BOUNDARY + (inputNeedsGradient ? BOUNDARY : 0);
            assertThat(atStart.subList(4, 8)).containsExactly(0L, kept, kept, kept);
        }
    }

    @Test
    void closingTheTapeFreesEverything() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            List<Module> parts =
                    Stream.generate(() -> module(trial, 2)).limit(3).toList();
            Module model = new DecoupledSequence(parts, predictors(trial, 3));
            Tensor x = trial.random(trial.root, 1, BATCH, WIDTH);
            Tensor labels = Trial.labels(trial.root, BATCH);
            long base = trial.engine.ledger().liveBytes();
            try (TensorScope scope = trial.root.child()) {
                try (Tape tape = Tape.training(scope, 1)) {
                    model.call(List.of(tape.leaf(x), tape.constant(labels)));
                    assertThat(trial.engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                            .isPositive();
                }
                assertThat(trial.engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                        .isZero();
            }
            assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
        }
    }

    @Test
    void aModuleThatFailsLeavesNothingBehind() {
        try (Trial trial = new Trial(DType.FLOAT)) {
            Module failing = module(trial, 2, new Activation(x -> {
                throw new IllegalStateException("as planned");
            }));
            List<Module> parts = List.of(module(trial, 2), failing, module(trial, 2));
            Module model = new DecoupledSequence(parts, predictors(trial, 3));
            Tensor x = trial.random(trial.root, 1, BATCH, WIDTH);
            Tensor labels = Trial.labels(trial.root, BATCH);
            long base = trial.engine.ledger().liveBytes();
            assertThatThrownBy(() -> trial.step(model, model.parameters(), x, labels, true))
                    .hasMessage("as planned");
            assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
        }
    }
}
