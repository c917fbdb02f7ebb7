package org.backpropaganda.autograd.technique;

/**
 * A module that trains by steps of its own, which are not one forward and one backward of a loss: gradients that come later, or
 * no backward at all. In evaluation it is called like any other.
 *
 * <pre>{@code
 * if (module instanceof SelfTrained own) {
 *     try (TrainingSteps steps = own.steps(settings)) {
 *         for (Batch batch : batches) {
 *             steps.step(batch.images(), batch.labels()).ifPresent(loss -> log(loss));
 *         }
 *         steps.drain();
 *     }
 * }
 * }</pre>
 */
public interface SelfTrained {
    /** Gets ready to train. */
    TrainingSteps steps(TrainingSteps.Settings settings);
}
