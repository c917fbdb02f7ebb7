package org.backpropaganda.synthetic.stage;

import java.util.Collections;
import java.util.List;
import java.util.function.LongUnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.jspecify.annotations.Nullable;

/**
 * What the stages of a learner have in common.
 *
 * @param whole the modules as one model
 * @param feedbacks of all modules but the last
 * @param trainings of each module
 * @param predictorTrainings of each module's predictor; frozen where it has none
 * @param seeds by number of a batch
 * @param policy what becomes of saved tensors
 * @param isResumable whether what waits may have to be packed up
 * @param gathered where the gradients of all stages gather, in a run that has no effect but those; null in training
 */
record StagePlan(
        Sequential whole,
        List<Feedback> feedbacks,
        StageRule rule,
        StageLoss loss,
        List<StageTraining> trainings,
        List<StageTraining> predictorTrainings,
        LongUnaryOperator seeds,
        StageListener listener,
        SavedTensorPolicy policy,
        boolean isResumable,
        @Nullable Gradients gathered) {

    List<Module> modules() {
        return whole.links();
    }

    /** The same without effects: weights and statistics stay, and gradients gather in one place. */
    StagePlan gathering(Gradients gradients) {
        List<StageTraining> none = Collections.nCopies(trainings.size(), StageTraining.frozen());
        return new StagePlan(
                whole, feedbacks, rule, loss, none, none, seeds, StageListener.NONE, policy, false, gradients);
    }

    /** Where a stage has its gradient from; the last one has it by itself, as if it had come. */
    Feedback feedback(int stage) {
        return stage < feedbacks.size() ? feedbacks.get(stage) : Feedback.awaited();
    }

    StageTraining training(int stage) {
        return trainings.get(stage);
    }

    StageTraining predictorTraining(int stage) {
        return predictorTrainings.get(stage);
    }

    /** What a stage keeps of a batch: the rule's, but for one whose module cannot tell its input from its output. */
    StageRule.Kept keptBy(int stage) {
        StageRule.Kept kept = rule.kept();
        boolean reconstructs = kept == StageRule.Kept.NOTHING
                && !feedback(stage).isImmediate()
                && Inversion.of(modules().get(stage)).isPresent();
        return kept == StageRule.Kept.NOTHING && !reconstructs ? StageRule.Kept.INPUT : kept;
    }

    /**
     * How many batches a stage runs between a batch and what it learns of it from the stage behind, where every message takes
     * its ticks.
     */
    int delay(int stage) {
        int behind = stage + 1;
        if (behind == modules().size()) {
            return 0;
        }
        int there = !feedback(behind).isImmediate() ? delay(behind) : 0;
        return rule.forwardTicks() + rule.backwardTicks() + there;
    }
}
