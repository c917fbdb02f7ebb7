package org.backpropaganda.autograd.nn;

import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Variable;

/**
 * A module whose saved tensors have a policy of their own, whatever the tape says of the rest of the model. Names, paths and
 * random keys are those of the module itself.
 *
 * <pre>{@code
 * Module body = new WithPolicy(blocks, around -> around.with(saving -> saving.op().equals("gelu"), codec));
 * }</pre>
 */
public final class WithPolicy extends Module {
    private final Module body;
    private final UnaryOperator<SavedTensorPolicy> policy;

    /**
     * The module with a policy.
     *
     * @param policy of what its calls save, made of that of the call around it each time
     */
    public WithPolicy(Module body, UnaryOperator<SavedTensorPolicy> policy) {
        this.body = register("", body);
        this.policy = policy;
    }

    @Override
    public SavedTensorPolicy policy(SavedTensorPolicy around) {
        return policy.apply(around);
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        return body.call(inputs);
    }
}
