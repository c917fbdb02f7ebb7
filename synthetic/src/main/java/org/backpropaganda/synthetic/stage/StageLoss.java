package org.backpropaganda.synthetic.stage;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;

/** What the last stage is trained on. */
@FunctionalInterface
public interface StageLoss {
    /**
     * The loss [], a mean over the batch.
     *
     * @param outputs of the last module
     * @param labels of the batch
     */
    Variable of(List<Variable> outputs, Variable labels);
}
