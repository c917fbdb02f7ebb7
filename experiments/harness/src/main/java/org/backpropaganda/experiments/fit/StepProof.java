package org.backpropaganda.experiments.fit;

import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.checkpointing.planner.Plan;

/**
 * Real training steps of the fastest plan of a model, in an engine that has no more bytes than a budget.
 *
 * @param predictedBytes the peak that the plan told
 * @param measuredBytes the peak of the ledger from the model's making to the end of the last step
 */
record StepProof(
        SizedModel model,
        Arrangement arrangement,
        long budgetBytes,
        long batch,
        long predictedBytes,
        long measuredBytes) {
    /**
     * Plans and makes them.
     *
     * @throws IllegalStateException if the peak is not as predicted, or the loss is no number
     */
    static StepProof of(SizedModel model, Arrangement arrangement, long budgetBytes, long batch, int threads) {
        Plan plan;
        try (Engine nowhere = Engine.builder().threads(threads).withoutMemory().build()) {
            plan = model.step(batch, nowhere.scope(""))
                    .planner(nowhere)
                    .allow(arrangement.allowed().toArray(String[]::new))
                    .budgetBytes(budgetBytes)
                    .fastest();
        }
        long measured;
        try (Engine engine =
                Engine.builder().threads(threads).memoryBudgetBytes(budgetBytes).build()) {
            measured = StepRun.peakBytes(model, batch, engine, StepRun.planned(plan));
        }
        if (measured != plan.predictedPeakBytes()) {
            throw new IllegalStateException(model.name() + ": a plan of " + batch + " samples told a peak of "
                    + plan.predictedPeakBytes() + " bytes, and a step of it had one of " + measured);
        }
        return new StepProof(model, arrangement, budgetBytes, batch, plan.predictedPeakBytes(), measured);
    }
}
