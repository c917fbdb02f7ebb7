package org.backpropaganda.experiments.drift;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What the way back through one model did to its streams and gradients; the names are those of {@code drift.json}.
 *
 * @param coupling the kind of its couplings; empty for a model that has its own
 * @param depth of the model
 * @param couplings in its sequence
 * @param bitsPerElement that a coupling keeps beside, of each element of a stream
 * @param free with the anchors that were asked for alone
 * @param bounded with anchors placed so that errors of streams and gradients stay under the bound; null where none was asked for, or none can be held
 * @param refusal why the bound cannot be held; null where it can, or none was asked for
 */
public record DriftResult(
        String coupling,
        int depth,
        int couplings,
        int bitsPerElement,
        Way free,
        @Nullable Way bounded,
        @Nullable String refusal) {

    /**
     * One way back.
     *
     * @param anchors the numbers of the couplings whose streams were kept
     * @param savedActivationBytes live activations after the loss
     * @param errors max |x̃ − x| / max |x| of the streams in front of each coupling, from the first on; NaN or infinite where they
     *     overflowed
     * @param streamError the largest of them
     * @param gradientError the worst parameter's ‖g − g₀‖₂ / ‖g₀‖₂ against the storing model; null where the step failed
     * @param differingElements elements of gradients that are not those of the storing model to the bit; likewise
     * @param failure what the step was refused for; null where it was not
     */
    public record Way(
            Set<Integer> anchors,
            long savedActivationBytes,
            List<Double> errors,
            double streamError,
            @Nullable Double gradientError,
            @Nullable Long differingElements,
            @Nullable String failure) {}
}
