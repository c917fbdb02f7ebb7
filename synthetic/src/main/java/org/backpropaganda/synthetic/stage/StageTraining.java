package org.backpropaganda.synthetic.stage;

import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.optim.GradientClip;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;
import org.jspecify.annotations.Nullable;

/**
 * How the weights of one stage, or of one predictor, are updated: an optimizer of its own, with its own clipping, schedule and
 * chance.
 *
 * <pre>{@code
 * StageTraining training = StageTraining.of(Adam.builder(3e-5).build(stage.parameterList(), scope))
 *         .clippedBy(GradientClip.byNorm(1))
 *         .withProbability(0.2);
 * }</pre>
 *
 * @param optimizer of the weights; null to leave them as they are
 * @param clip of the gradients of a batch; null for none
 * @param schedule of the learning rate by the number of the batch; null for a constant one
 * @param rate that the schedule is a multiple of
 * @param probability that a batch's gradients are used: the others are computed, sent on and dropped
 */
public record StageTraining(
        @Nullable Optimizer optimizer,
        @Nullable GradientClip clip,
        @Nullable LearningRateSchedule schedule,
        double rate,
        double probability) {

    /** Checks. */
    public StageTraining {
        requireProbability(probability);
    }

    static void requireProbability(double probability) {
        if (!(probability > 0 && probability <= 1)) {
            throw new IllegalArgumentException(
                    "stage training: update probability " + probability + " is not within (0, 1]");
        }
    }

    /** Updates at every batch. */
    public static StageTraining of(Optimizer optimizer) {
        return new StageTraining(optimizer, null, null, optimizer.learningRate(), 1);
    }

    /** Never updates. */
    public static StageTraining frozen() {
        return new StageTraining(null, null, null, 0, 1);
    }

    /** The same with gradients clipped. */
    public StageTraining clippedBy(GradientClip value) {
        return new StageTraining(optimizer, value, schedule, rate, probability);
    }

    /** The same with a learning rate that is a multiple of the optimizer's. */
    public StageTraining scheduledBy(LearningRateSchedule value) {
        return new StageTraining(optimizer, clip, value, rate, probability);
    }

    /**
     * The same, with each batch's gradients used or not by a draw that follows from the seed and the number of the batch.
     *
     * @param value within (0, 1]
     */
    public StageTraining withProbability(double value) {
        return new StageTraining(optimizer, clip, schedule, rate, value);
    }

    /** Whether a batch's gradients are used. */
    boolean uses(long seed) {
        return optimizer != null
                && (probability == 1 || new SplittableRandom(seed).split().nextDouble() < probability);
    }

    /** Updates with the gradients of a batch. */
    void update(Gradients gradients, long batch) {
        Optimizer updating = optimizer;
        if (updating == null) {
            return;
        }
        if (clip != null) {
            clip.clip(gradients);
        }
        if (schedule != null) {
            updating.setLearningRate(rate * schedule.multiplier(batch));
        }
        updating.step(gradients);
    }
}
