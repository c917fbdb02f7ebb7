package org.backpropaganda.synthetic.stage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.synthetic.predictor.LinearPredictor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Stages on threads of their own against their twin on one. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class StageThreadsTest {
    private static final int BATCHES = 40;

    static Stream<StageRule> rules() {
        return Stream.of(
                StageRule.backpropagation(),
                StageRule.ddg(),
                StageRule.featuresReplay(),
                StageRule.petra(),
                StageRule.petra(true, false, false),
                StageRule.petra(false, true, false));
    }

    private record End(List<Learnt> learnt, Map<String, double[]> weights) {}

    private static StageBatches batches(StageTrial trial) {
        return (scope, number) ->
                new StageBatches.Batch(List.of(trial.images(scope, number)), StageTrial.labels(scope, number));
    }

    private static End train(StageRule rule, boolean predicted, boolean threads) throws InterruptedException {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = predicted ? trial.plainModules(4) : trial.streamModules(5, 2);
            StagedLearner.Builder builder = trial.learner(modules, rule).training(k -> trial.descent(modules.get(k)));
            if (predicted) {
                predict(trial, builder);
            }
            long base = trial.engine.ledger().liveBytes();
            List<Learnt> learnt = new ArrayList<>();
            try (StagedLearner learner = builder.build()) {
                if (threads) {
                    learnt.addAll(learner.train(batches(trial), BATCHES, Threading.disciplined()));
                } else {
                    for (int b = 0; b < BATCHES; b++) {
                        learnt.addAll(trial.step(learner, b));
                    }
                    learnt.addAll(learner.drain());
                }
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
                return new End(learnt, StageTrial.weights(learner.model()));
            }
        }
    }

    private static void predict(StageTrial trial, StagedLearner.Builder builder) {
        ParameterFactory factory = new ParameterFactory(trial.root, trial.dtype, 17);
        List<LinearPredictor> predictors = new ArrayList<>();
        for (int k = 0; k < 3; k++) {
            predictors.add(new LinearPredictor(factory, StageTrial.WIDTH, StageTrial.CLASSES));
        }
        builder.feedback(predictors.stream().map(Feedback::predicted).toList())
                .predictorTraining(k -> StageTraining.of(
                        Sgd.builder(0.05).build(predictors.get(k).parameterList(), trial.root)));
    }

    private static void assertSame(End one, End other) {
        assertThat(one.learnt()).hasSize(BATCHES).isEqualTo(other.learnt());
        assertThat(one.weights().keySet()).isEqualTo(other.weights().keySet());
        other.weights()
                .forEach((path, values) ->
                        assertThat(one.weights().get(path)).as(path).isEqualTo(values));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void underDisciplineTheBitsAreTheTwins(StageRule rule) throws InterruptedException {
        assertSame(train(rule, false, true), train(rule, false, false));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void predictorsAreTrainedAsInTheTwin(StageRule rule) throws InterruptedException {
        assertSame(train(rule, true, true), train(rule, true, false));
    }

    /** Two stages are inside a turn at the same time, and weights move between a batch's run and its update. */
    @Test
    void freeStagesRunAtOnce() throws InterruptedException {
        CountDownLatch both = new CountDownLatch(2);
        AtomicLong mostStale = new AtomicLong();
        StageListener meeting = new StageListener() {
            @Override
            public void begins(int stage, long batch, boolean isBackward) {
                boolean meets = !isBackward && ((stage == 0 && batch == 4) || (stage == 1 && batch == 3));
                if (meets) {
                    both.countDown();
                    await(both);
                }
            }

            @Override
            public void learns(int stage, long batch, long staleness, Gradients gradients) {
                mostStale.accumulateAndGet(staleness, Math::max);
            }
        };
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.streamModules(4, 1);
            try (StagedLearner learner = trial.learner(modules, StageRule.petra())
                    .training(k -> trial.descent(modules.get(k)))
                    .listener(meeting)
                    .build()) {
                learner.train(batches(trial), BATCHES, Threading.free());
                assertThat(both.getCount()).isZero();
                assertThat(mostStale.get()).isPositive();
                assertThat(learner.figures()).hasSize(4);
                assertThat(learner.figures().get(0).mostStaleness()).isEqualTo(mostStale.get());
            }
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            assertThat(latch.await(1, TimeUnit.MINUTES)).isTrue();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Delays and failures at random places: every run ends, and nothing stays behind. */
    @Test
    void failuresEndAllAndNothingLeaks() throws InterruptedException {
        SplittableRandom random = new SplittableRandom(3);
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.streamModules(4, 1);
            AtomicLong failAt = new AtomicLong(-1);
            StageListener trouble = new StageListener() {
                @Override
                public void begins(int stage, long batch, boolean isBackward) {
                    long at = batch * 8 + stage * 2L + (isBackward ? 1 : 0);
                    if (at == failAt.get()) {
                        throw new IllegalStateException("injected");
                    }
                    if (at % 97 == 0) {
                        LockSupport.parkNanos(200_000);
                    }
                }
            };
            try (StagedLearner learner = trial.learner(modules, StageRule.petra())
                    .training(k -> trial.descent(modules.get(k)))
                    .listener(trouble)
                    .build()) {
                long base = trial.engine.ledger().liveBytes();
                for (int round = 0; round < 20; round++) {
                    int stage = random.nextInt(4);
                    boolean isBackward = stage < 3 && random.nextBoolean();
                    failAt.set(random.nextInt(30) * 8L + stage * 2L + (isBackward ? 1 : 0));
                    Threading threading = round % 2 == 0 ? Threading.free() : Threading.disciplined();
                    assertThatThrownBy(() -> learner.train(batches(trial), BATCHES, threading))
                            .isInstanceOf(StageFailure.class)
                            .hasMessage("stage " + stage + " failed: injected");
                    assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
                }
                failAt.set(-1);
                assertThat(learner.train(batches(trial), BATCHES, Threading.free()))
                        .hasSize(BATCHES);
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
            }
        }
    }

    @Test
    void anInterruptEndsAll() throws InterruptedException {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.streamModules(4, 1);
            CountDownLatch running = new CountDownLatch(1);
            StageListener hanging = new StageListener() {
                @Override
                public void begins(int stage, long batch, boolean isBackward) {
                    if (batch == 5) {
                        running.countDown();
                    }
                }
            };
            try (StagedLearner learner = trial.learner(modules, StageRule.petra())
                    .training(k -> trial.descent(modules.get(k)))
                    .listener(hanging)
                    .build()) {
                long base = trial.engine.ledger().liveBytes();
                Thread caller = Thread.currentThread();
                Thread interrupter = new Thread(() -> {
                    await(running);
                    caller.interrupt();
                });
                interrupter.start();
                assertThatThrownBy(() -> learner.train(batches(trial), 1_000_000, Threading.free()))
                        .isInstanceOf(InterruptedException.class);
                interrupter.join();
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
            }
        }
    }
}
