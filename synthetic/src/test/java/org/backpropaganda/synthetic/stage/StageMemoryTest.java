package org.backpropaganda.synthetic.stage;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.junit.jupiter.api.Test;

/** What stages hold between two batches, by rule, to the byte. */
class StageMemoryTest {
    private static final int STAGES = 4;
    private static final long BOUNDARY = (long) StageTrial.BATCH * StageTrial.WIDTH * Float.BYTES;
    private static final long LABELS = (long) StageTrial.BATCH * Integer.BYTES;
    private static final long WEIGHTS = (StageTrial.WIDTH + 1L) * StageTrial.WIDTH * Float.BYTES;

    /** Each stage but the last keeps the input and the output of its one layer and tanh for backward. */
    private static List<Module> modules(StageTrial trial) {
        List<Module> modules = new ArrayList<>();
        for (int k = 0; k < STAGES - 1; k++) {
            modules.add(new Sequential(
                    new Linear(trial.factory, StageTrial.WIDTH, StageTrial.WIDTH, true), Activation.tanh()));
        }
        modules.add(new Linear(trial.factory, StageTrial.WIDTH, StageTrial.CLASSES, true));
        return modules;
    }

    private record Held(long activation, long parameters, long all) {}

    /** Between two steps of a pipeline that is full. */
    private static Held held(StageRule rule, boolean moves) {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = modules(trial);
            long base = trial.engine.ledger().liveBytes();
            long parameters = trial.engine.ledger().liveBytes(MemoryKind.PARAMETER);
            try (StagedLearner learner = trial.learner(modules, rule)
                    .training(k -> moves ? trial.descent(modules.get(k)) : StageTraining.frozen())
                    .build()) {
                for (int b = 0; b < 3 * STAGES; b++) {
                    trial.step(learner, b);
                }
                Held held = new Held(
                        trial.engine.ledger().liveBytes(MemoryKind.ACTIVATION),
                        trial.engine.ledger().liveBytes(MemoryKind.PARAMETER) - parameters,
                        trial.engine.ledger().liveBytes() - base);
                learner.drain();
                assertThat(trial.engine.ledger().liveBytes()).isEqualTo(base);
                return held;
            }
        }
    }

    /** Stage k waits with K − 1 − k batches: of each its input, which for the first is a batch, not an activation. */
    @Test
    void featuresReplayHoldsInputs() {
        Held held = held(StageRule.featuresReplay(), true);
        assertThat(held.activation()).isEqualTo((2 + 1) * BOUNDARY);
        assertThat(held.parameters()).isZero();
        assertThat(held.all()).isEqualTo((3 + 2 + 1) * BOUNDARY + gradientsUnderWay());
    }

    /**
     * Graphs of K − 1 − k batches, at weights of which as many versions are kept. What one stage keeps as its output is what the
     * next one keeps as its input, and counts once.
     */
    @Test
    void ddgHoldsGraphsAndWeights() {
        Held held = held(StageRule.ddg(), true);
        assertThat(held.activation()).isEqualTo((3 + 2 + 1) * BOUNDARY);
        assertThat(held.parameters()).isEqualTo((3 + 2 + 1) * WEIGHTS);
        assertThat(held(StageRule.ddg(), false).parameters()).isEqualTo(3 * WEIGHTS);
    }

    /** All stages run at once: a stage waits with twice as many batches, and a result is under way to each but the first. */
    @Test
    void petraHoldsTwiceAsMany() {
        Held held = held(StageRule.petra(false, false, true), true);
        assertThat(held.activation()).isEqualTo((4 + 2) * BOUNDARY);
        long down = (STAGES - 1) * (BOUNDARY + LABELS);
        assertThat(held.all()).isEqualTo((6 + 4 + 2) * BOUNDARY + down + gradientsUnderWay());
    }

    /** What each stage but the first has sent to the one before it in the last tick. */
    private static long gradientsUnderWay() {
        return (STAGES - 1) * BOUNDARY;
    }

    /** Reconstruction keeps nothing: what is held does not grow with the depth of a stage. */
    @Test
    void reconstructionHoldsWhatIsUnderWay() {
        assertThat(heldByStreams(1)).isEqualTo(heldByStreams(4));
    }

    private static long heldByStreams(int shifts) {
        try (StageTrial trial = new StageTrial(DType.FLOAT)) {
            List<Module> modules = trial.streamModules(STAGES, shifts);
            long base = trial.engine.ledger().liveBytes();
            try (StagedLearner learner = trial.learner(modules, StageRule.petra())
                    .training(k -> trial.descent(modules.get(k)))
                    .build()) {
                for (int b = 0; b < 3 * STAGES; b++) {
                    trial.step(learner, b);
                }
                return trial.engine.ledger().liveBytes() - base;
            }
        }
    }
}
