package org.backpropaganda.autograd.nn;

import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * What a training step of a model will hold and compute: layers, shapes, parameters, bytes saved for backward, multiply-adds.
 * The step runs on shapes alone, in an engine without memory: no kernel runs, nothing is allocated, the model and the
 * ledger of its own engine stay as they are, and a batch may be larger than any machine. The bytes are the ledger's all
 * the same, since tensors are made, saved and freed as in a real step.
 *
 * @param layers in the order of their first calls; whatever has parameters but is never called comes last
 * @param parameters numbers in all parameters, those of gradient predictors included
 * @param parameterBytes of them
 * @param savedBytes held between forward and backward, the batch not included
 * @param peakForwardBytes the highest bytes of activations in forward: what is held for backward and results in flight, not
 *     the batch and scratchpads of kernels; empty if forward differentiates something, as a decoupled sequence does
 * @param peakActivationBytes the highest bytes held for backward in the whole step; empty if nothing is differentiated, or
 *     if some backward reads values
 * @param peakBytes the highest bytes of each kind in the whole step, of all that the step makes: the batch and the gradients
 *     of the outputs included, what the model keeps not; empty likewise
 * @param peakTotalBytes the highest bytes of all these kinds together; empty likewise
 * @param peakOffloadedBytes the most bytes of saved tensors that wait in a file at a time, by a policy that stores them there; in
 *     no other figure
 * @param multiplyAdds of one forward: those of products of matrices, convolutions and attention
 * @param repeatedMultiplyAdds of what the step evaluates once more; empty likewise
 */
public record ModelSummary(
        List<LayerSummary> layers,
        long parameters,
        long parameterBytes,
        long savedBytes,
        OptionalLong peakForwardBytes,
        OptionalLong peakActivationBytes,
        Map<MemoryKind, Long> peakBytes,
        OptionalLong peakTotalBytes,
        long peakOffloadedBytes,
        long multiplyAdds,
        OptionalLong repeatedMultiplyAdds) {

    /**
     * The summary of a step in training.
     *
     * @param model not modified; its parameters may live in any engine, one without memory too
     * @param inputs shapes and element types of what the model is called with; no gradient is computed for them
     * @throws ShapeException if they do not fit; the message tells where
     * @throws org.backpropaganda.autograd.tensor.NoValuesException if a module reads values in forward; likewise
     */
    public static ModelSummary of(Module model, List<TensorSpec> inputs) {
        return of(model, inputs, tape -> {});
    }

    /**
     * The summary of a step on a tape that is set up otherwise: with a policy for what is saved, whose bytes it tells, or with
     * parts of the model in evaluation.
     *
     * <pre>{@code
     * ModelSummary.of(model, List.of(images), tape -> tape.policy(SavedTensorPolicy.of(codec))).peakTotalBytes()
     * }</pre>
     *
     * @param model not modified; its parameters may live in any engine, one without memory too
     * @param inputs shapes and element types of what the model is called with; no gradient is computed for them
     * @param settings sets the tape up; an observer of its own is not asked
     * @throws ShapeException if they do not fit; the message tells where
     */
    public static ModelSummary of(Module model, List<TensorSpec> inputs, Consumer<TapeBuilder> settings) {
        return new ShapeRun(model).summary(inputs, settings);
    }

    /** The table, every layer in a line. */
    @Override
    public String toString() {
        return toString(Integer.MAX_VALUE);
    }

    /**
     * The table with layers at most {@code levels} names deep; what lies deeper is added to the line that holds it.
     *
     * @param levels from 0, the model as one line
     */
    public String toString(int levels) {
        return SummaryTable.of(this, levels);
    }
}
