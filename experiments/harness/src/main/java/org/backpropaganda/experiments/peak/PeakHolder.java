package org.backpropaganda.experiments.peak;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.tensor.MemoryKind;

/**
 * What one op of one module holds at a {@link Peak} as one kind.
 *
 * @param path of the module call that it is booked under; of a parameter or buffer, its own
 * @param kind of the bytes
 * @param op the op or segment that allocated it; empty for what was there before the step, and what no op made
 * @param heldFor what it is to those that saved it, as {@code "inputs of conv2d"}, the largest first; empty where
 *     nothing did
 * @param gradient whether a backward made it
 * @param count of tensors
 * @param bytes of all of them
 * @param shapes how many there are of each shape and element type, as {@code "FLOAT[32, 16, 16, 8]"}
 */
public record PeakHolder(
        String path,
        MemoryKind kind,
        String op,
        List<String> heldFor,
        boolean gradient,
        int count,
        long bytes,
        Map<String, Integer> shapes) {

    /** What it is, in the words of a sentence: {@code "inputs of conv2d"}, {@code "optimizer state"}. */
    public String words() {
        return switch (kind) {
            case PARAMETER -> "parameters";
            case GRADIENT -> "gradients of parameters";
            case OPTIMIZER -> "optimizer state";
            case INPUT -> "batch";
            case SCRATCH -> "scratchpads";
            case ACTIVATION -> heldFor.isEmpty() ? results() : heldFor.get(0);
            case TEMPORARY -> gradient ? "gradients of activations" : results();
        };
    }

    private String results() {
        return op.isEmpty() ? "results" : "results of " + op;
    }
}
