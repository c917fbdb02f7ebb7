package org.backpropaganda.synthetic;

import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** When a {@link DecoupledSequence} puts into effect what its modules and predictors learn. */
public final class UpdateRule {
    private static final UpdateRule END_OF_STEP = new UpdateRule(null, null);

    private final @Nullable Optimizer modules;
    private final @Nullable Optimizer predictors;

    private UpdateRule(@Nullable Optimizer modules, @Nullable Optimizer predictors) {
        this.modules = modules;
        this.predictors = predictors;
    }

    /**
     * Gradients of modules and predictors gather with those of the step; whoever trains makes a step of the optimizer
     * of the model and of that of the predictors with them.
     */
    public static UpdateRule endOfStep() {
        return END_OF_STEP;
    }

    /**
     * Every module but the last, and every predictor, is updated as soon as its own gradients are complete, which then
     * are freed: gradients of one module live at a time. The last module's gradient is the true one of the step's
     * backward and gathers with the step, so the same optimizer may be given here and make a step at the end.
     *
     * @param modules holds the parameters of the modules; any others are left alone
     * @param predictors holds the parameters of the predictors
     */
    public static UpdateRule atOnce(Optimizer modules, Optimizer predictors) {
        return new UpdateRule(modules, predictors);
    }

    /** Whether weights change within a forward. */
    boolean isAtOnce() {
        return modules != null;
    }

    /** Runs what computes a module's gradients, having told it where to put them. */
    <T> T ofModule(TensorScope scope, Gradients step, Function<Gradients, T> learning) {
        return gather(modules, scope, step, learning);
    }

    /** Runs what computes a predictor's gradients, having told it where to put them. */
    <T> T ofPredictor(TensorScope scope, Gradients step, Function<Gradients, T> learning) {
        return gather(predictors, scope, step, learning);
    }

    private static <T> T gather(
            @Nullable Optimizer optimizer, TensorScope scope, Gradients step, Function<Gradients, T> learning) {
        if (optimizer == null) {
            return learning.apply(step);
        }
        try (Gradients own = new Gradients(scope)) {
            T result = learning.apply(own);
            if (scope.engine().hasMemory()) {
                optimizer.step(own);
            }
            return result;
        }
    }
}
