package org.backpropaganda.experiments.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.backpropaganda.experiments.peak.Peak;
import org.jspecify.annotations.Nullable;

/**
 * What a run measured; the names are those of {@code report.json}. Bytes come from the ledger, but for
 * {@code process…Bytes}, which are resident bytes as the system tells them (null where it does not).
 *
 * @param coupling the kind of the couplings that the model is made of, or null
 * @param savedActivationBytes live activations after the loss, before backward
 * @param peakActivationBytes the highest live activations; this and every peak is of the steps after the first, or of the
 *     only one
 * @param peakBytes the highest live bytes of all kinds
 * @param predictedPeakBytes what the plan said that {@code peakBytes} would be; absent without a plan
 * @param peakByKind what was alive then
 * @param reservedPeakBytes the highest bytes of pages that the pool held
 * @param offloadedPeakBytes the most bytes of saved tensors that waited in a file, which are in no other figure; absent where none
 *     did
 * @param primitiveBytes what compiled kernels that are kept for reuse held at the end, by estimate
 * @param parameterBytes parameters and buffers of the model
 * @param syntheticStateBytes gradient predictors: parameters, gradients, optimizer state
 * @param processPeakBytes the highest resident bytes
 * @param processBaseBytes resident bytes just before the first step
 * @param stepMillis over the steps after the first
 * @param forwardEvaluations of blocks, in one step, for each micro-batch
 * @param abnPairs pairs of batch norm and activation that are one layer
 * @param abnSavings how many of them are in place in a step, and which saved nothing and why, with the weights after training;
 *     null without such pairs
 * @param savings what the techniques that deal with saved tensors have counted, by name; empty without one
 * @param gradient against plain backpropagation on the first batch
 * @param probe how near predictions came to gradients of backpropagation in the course of the run; absent where nobody asked, or
 *     nothing predicts
 * @param modules what each module did with its time on a thread of its own; absent where modules take turns. Peaks are of the
 *     whole run then, and {@code stepMillis} from one batch's loss to the next's
 * @param stepsPerSecond batches a second from the first batch's begin to the last update; absent likewise
 * @param lossFirst,lossLast null where the loss is not finite
 * @param testAccuracy on the test set after training, in [0, 1]; null where logits are not finite
 * @param course loss and peak of each step; absent where steps overlap
 * @param peak who was alive at the peak of the step whose timeline is told, the second or the only one; absent where steps
 *     overlap. Its bytes are those of that step, which later ones may exceed
 */
public record RunResult(
        String strategy,
        String model,
        @Nullable String coupling,
        int depth,
        int batch,
        long savedActivationBytes,
        long peakActivationBytes,
        long peakBytes,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long predictedPeakBytes,
        Map<String, Long> peakByKind,
        long reservedPeakBytes,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Long offloadedPeakBytes,
        long primitiveBytes,
        long parameterBytes,
        long syntheticStateBytes,
        @Nullable Long processPeakBytes,
        @Nullable Long processBaseBytes,
        Millis stepMillis,
        double forwardEvaluations,
        int abnPairs,
        @Nullable String abnSavings,
        Map<String, Object> savings,
        @Nullable GradientFidelity gradient,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ProbePoint> probe,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<ModuleFigures> modules,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Double stepsPerSecond,
        @Nullable Double lossFirst,
        @Nullable Double lossLast,
        @Nullable Double testAccuracy,
        int steps,
        @JsonInclude(JsonInclude.Include.NON_EMPTY) List<StepPoint> course,
        @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable Peak peak) {

    /** Takes a probe, figures of modules and a course that are absent for none. */
    public RunResult {
        course = course == null ? List.of() : List.copyOf(course);
        probe = probe == null ? List.of() : List.copyOf(probe);
        modules = modules == null ? List.of() : List.copyOf(modules);
    }

    /**
     * What a module on a thread of its own did with its time.
     *
     * @param module its number
     * @param busyMillis in which it ran or learned
     * @param waitingMillis in which it waited for a message, or for room to send one
     * @param deepestQueue the most results that waited for it
     * @param updates that it made of its weights
     * @param meanStaleness updates between a batch's run and the update with its gradient, on the average
     * @param mostStaleness at most
     * @param predictorBytes of the weights of its predictor or head
     */
    public record ModuleFigures(
            int module,
            double busyMillis,
            double waitingMillis,
            int deepestQueue,
            long updates,
            double meanStaleness,
            long mostStaleness,
            long predictorBytes) {

        /** As a line that is printed. */
        public String words() {
            return String.format(
                    Locale.ROOT,
                    "module %d: busy %.1f ms, waiting %.1f ms, deepest queue %d, updates %d, staleness %.2f on the average and"
                            + " %d at most",
                    module,
                    busyMillis,
                    waitingMillis,
                    deepestQueue,
                    updates,
                    meanStaleness,
                    mostStaleness);
        }
    }

    /**
     * A step of the course of a run.
     *
     * @param step its number, from 0
     * @param loss of the batch that came to its loss in it; null where none did, and where it is not finite
     * @param peakBytes the highest live bytes of all kinds in it
     */
    public record StepPoint(int step, @Nullable Double loss, long peakBytes) {}

    /** Milliseconds a step. */
    public record Millis(double median, double min, double max) {}

    /**
     * How far gradients are from those of plain backpropagation.
     *
     * @param maxRelativeError the worst parameter's ‖g − g₀‖₂ / ‖g₀‖₂; null where every reference is zero, and where a
     *     gradient is not finite, which {@code worstParameter} then names
     * @param minCosine the worst parameter's cosine, 0 for a gradient of zero; null likewise
     * @param worstParameter the parameter of {@code maxRelativeError}
     * @param differingElements elements of gradients that are not those of the reference to the bit
     * @param flippedSigns elements of activations whose sign differs from the reference's
     * @param layers those layers whose gradients differ, by path, in the model's order
     */
    public record GradientFidelity(
            @Nullable Double maxRelativeError,
            @Nullable Double minCosine,
            @Nullable String worstParameter,
            long differingElements,
            long flippedSigns,
            Map<String, Layer> layers) {}

    /**
     * How far the gradients of one layer's parameters are from those of plain backpropagation.
     *
     * @param relativeError ‖g − g₀‖₂ / ‖g₀‖₂ over all of them; null where the reference is zero or a gradient is not finite
     * @param cosine between them, 0 for a gradient of zero; null likewise
     */
    public record Layer(
            @Nullable Double relativeError, @Nullable Double cosine) {}
}
