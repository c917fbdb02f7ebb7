package org.backpropaganda.reversible.abn;

import java.util.List;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.BatchNorm;

/** How one call of {@link InPlaceAbn} is differentiated from what it kept. */
abstract class AbnPullback extends NormPullback {
    private final AbnFunction function;

    AbnPullback(AbnFunction function, SegmentForward call) {
        super(List.of(function.gamma(), function.beta()), call);
        this.function = function;
    }

    final AbnFunction function() {
        return function;
    }

    /** Batch norm and its activation as ops. */
    @Override
    final Variable byOps(List<Variable> inputs) {
        Variable y = inputs.get(0)
                .tape()
                .applyWithResults(new BatchNorm(function.epsilon()), inputs.toArray(Variable[]::new))
                .output();
        return function.activation().apply(y);
    }
}
