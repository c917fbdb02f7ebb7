package org.backpropaganda.synthetic;

import java.util.function.LongSupplier;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.optim.GradientClip;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;

/**
 * What becomes of the complete gradients of one module, or of one learner beside the modules: each has its own optimizer,
 * clipping and schedule, since no norm over all of them is ever known.
 *
 * <pre>{@code
 * ModuleUpdate update = ModuleUpdate.by(optimizer)
 *         .clipped(GradientClip.byNorm(1))
 *         .scheduled(optimizer, 1e-3, LearningRateSchedule.cosine(1000), () -> step);
 * }</pre>
 */
@FunctionalInterface
public interface ModuleUpdate {

    /**
     * Uses the gradients, which are freed behind it.
     *
     * @param gradients may be modified
     */
    void make(Gradients gradients);

    /** A step of an optimizer; parameters that are not its own are left alone. */
    static ModuleUpdate by(Optimizer optimizer) {
        return optimizer::step;
    }

    /** This update of gradients that are clipped before. */
    default ModuleUpdate clipped(GradientClip clip) {
        return gradients -> {
            clip.clip(gradients);
            make(gradients);
        };
    }

    /**
     * This update at a learning rate that is set before.
     *
     * @param optimizer whose rate is set
     * @param rate that the schedule multiplies
     * @param step tells how many steps were made before, so that a run can resume anywhere
     */
    default ModuleUpdate scheduled(Optimizer optimizer, double rate, LearningRateSchedule schedule, LongSupplier step) {
        return gradients -> {
            optimizer.setLearningRate(rate * schedule.multiplier(step.getAsLong()));
            make(gradients);
        };
    }
}
