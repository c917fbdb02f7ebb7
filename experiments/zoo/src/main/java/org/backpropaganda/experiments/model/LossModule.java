package org.backpropaganda.experiments.model;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** A model and its loss as one module: images [B, H, W, C] and labels [B] → loss []. */
public final class LossModule extends Module {
    private final Model model;

    /** The loss of a model. */
    public LossModule(Model model) {
        this.model = model;
        register("", model.module());
    }

    /**
     * The summary of a training step.
     *
     * @param batch images of it
     * @param scope of an engine without memory
     */
    public static ModelSummary summary(ModelSpec spec, Strategy strategy, int batch, TensorScope scope) {
        Model model = Model.create(spec, strategy, scope, 0);
        Shape images = Shape.of(batch, spec.height(), spec.columns(), spec.channels());
        try (ModelSavings savings = model.open(scope)) {
            return ModelSummary.of(
                    new LossModule(model),
                    List.of(new TensorSpec(images, spec.dtype()), new TensorSpec(Shape.of(batch), DType.INT)),
                    tape -> tape.policy(savings.policy()));
        }
    }

    @Override
    protected List<Variable> forward(List<Variable> batch) {
        Variable logits = model.logits(batch.get(0), batch.get(1));
        return List.of(SoftmaxCrossEntropy.crossEntropy(logits, batch.get(1)));
    }
}
