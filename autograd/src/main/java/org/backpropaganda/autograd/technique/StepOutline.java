package org.backpropaganda.autograd.technique;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * What a training step has beside the model: the batch, the loss and the update. From it the bytes of a whole step are told on
 * shapes alone.
 *
 * <pre>{@code
 * new StepOutline(
 *         List.of(new TensorSpec(Shape.of(64, 32, 32, 3), DType.FLOAT)),
 *         List.of(new TensorSpec(Shape.of(64), DType.INT)),
 *         (results, labels) -> SoftmaxCrossEntropy.crossEntropy(results.get(0), labels.get(0)),
 *         (parameters, scope) -> Sgd.builder(0.1).momentum(0.9).build(parameters, scope),
 *         false);
 * }</pre>
 *
 * @param inputs what the model is called with; no gradient is computed for them, and they are held to the end of the step
 * @param labels what the loss takes beside the results of the model, likewise held
 * @param loss of one element; null where gradients of the model's results are given from outside
 * @param optimizer of the model's parameters; null where nothing is updated
 * @param updatesDuringBackward whether each parameter is updated, and its gradient freed, as soon as that is complete
 */
public record StepOutline(
        List<TensorSpec> inputs,
        List<TensorSpec> labels,
        @Nullable Loss loss,
        @Nullable OptimizerMaker optimizer,
        boolean updatesDuringBackward) {

    /** The loss of a batch. */
    @FunctionalInterface
    public interface Loss {
        /**
         * Computes it.
         *
         * @param results of the model
         * @param labels of the batch
         * @return one element
         */
        Variable of(List<Variable> results, List<Variable> labels);
    }

    /** How the optimizer is made. */
    @FunctionalInterface
    public interface OptimizerMaker {
        /**
         * Makes it.
         *
         * @param scope that owns its state
         */
        Optimizer make(List<Parameter> parameters, TensorScope scope);
    }

    /** Copies the lists. */
    public StepOutline {
        inputs = List.copyOf(inputs);
        labels = List.copyOf(labels);
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException(
                    "step outline: there are no inputs; give the shapes that the model is called with");
        }
    }

    /** Of a model whose results get their gradients from outside, and that nobody updates. */
    public static StepOutline of(TensorSpec... inputs) {
        return new StepOutline(List.of(inputs), List.of(), null, null, false);
    }
}
