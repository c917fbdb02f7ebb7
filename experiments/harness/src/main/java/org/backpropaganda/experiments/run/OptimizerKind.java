package org.backpropaganda.experiments.run;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * A kind of optimizer, by its name on the command line.
 *
 * <p>It is found by {@link Optimizers} if it has a public constructor without arguments and its class is named in a file
 * {@code META-INF/services/org.backpropaganda.experiments.run.OptimizerKind} of the class path.
 *
 * <pre>{@code
 * public final class AdamKind implements OptimizerKind {
 *     public String name() { return "adam"; }
 *     public Optimizer create(RunConfig.Descent descent, List<Parameter> parameters, TensorScope scope) {
 *         return Adam.builder(descent.lr()).build(parameters, scope);
 *     }
 * }
 * }</pre>
 */
public interface OptimizerKind {
    /** The name: lower-case letters, digits and dashes. */
    String name();

    /**
     * An optimizer of a model.
     *
     * @param descent learning rate and weight decay
     * @param scope that owns its state
     */
    Optimizer create(RunConfig.Descent descent, List<Parameter> parameters, TensorScope scope);
}
