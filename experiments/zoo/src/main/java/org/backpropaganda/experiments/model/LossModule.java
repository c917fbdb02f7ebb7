package org.backpropaganda.experiments.model;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;

/** A model and its loss as one module: images [B, H, W, C] and labels [B] → loss []. */
public final class LossModule extends Module {
    private final Model model;

    /** The loss of a model. */
    public LossModule(Model model) {
        this.model = model;
        register("", model.module());
    }

    @Override
    protected List<Variable> forward(List<Variable> batch) {
        Variable logits = model.logits(batch.get(0), batch.get(1));
        return List.of(SoftmaxCrossEntropy.crossEntropy(logits, batch.get(1)));
    }
}
