package org.backpropaganda.synthetic;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** When a {@link DecoupledSequence} puts into effect what its modules and predictors learn. */
public final class UpdateRule {
    private static final UpdateRule END_OF_STEP = new UpdateRule(null, null);

    private final @Nullable IntFunction<ModuleUpdate> modules;
    private final @Nullable IntFunction<ModuleUpdate> learners;

    private UpdateRule(@Nullable IntFunction<ModuleUpdate> modules, @Nullable IntFunction<ModuleUpdate> learners) {
        this.modules = modules;
        this.learners = learners;
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
     * backward and gathers with the step, so the same optimizer may be given here and make a step at the end; so do those of
     * modules that wait for gradients from it.
     *
     * @param modules holds the parameters of the modules; any others are left alone
     * @param predictors holds the parameters of the predictors
     */
    public static UpdateRule atOnce(Optimizer modules, Optimizer predictors) {
        return new UpdateRule(k -> ModuleUpdate.by(modules), k -> ModuleUpdate.by(predictors));
    }

    /**
     * Every module but the last, and every learner, has an update of its own, made as soon as its gradients are complete.
     *
     * @param modules by the number of the boundary behind the module
     * @param learners by the number of their boundary
     */
    public static UpdateRule atOnce(List<ModuleUpdate> modules, List<ModuleUpdate> learners) {
        return new UpdateRule(List.copyOf(modules)::get, List.copyOf(learners)::get);
    }

    /** Whether weights change within a forward. */
    boolean isAtOnce() {
        return modules != null;
    }

    /** Refuses a part of a step where weights change within it. */
    void requireWhole(double share) {
        if (isAtOnce() && share != 1) {
            throw new IllegalStateException("decoupled sequence: updates weights at once, but this is the share "
                    + share + " of a step, whose gradients have to gather; update at the end of the step");
        }
    }

    /**
     * Runs what computes a module's gradients, having told it where to put them.
     *
     * @param boundary behind the module
     */
    <T> T ofModule(int boundary, TensorScope scope, Gradients step, Function<Gradients, T> learning) {
        return gather(modules, boundary, scope, step, learning);
    }

    /** Runs what computes a learner's gradients, having told it where to put them. */
    <T> T ofPredictor(int boundary, TensorScope scope, Gradients step, Function<Gradients, T> learning) {
        return gather(learners, boundary, scope, step, learning);
    }

    private static <T> T gather(
            @Nullable IntFunction<ModuleUpdate> updates,
            int boundary,
            TensorScope scope,
            Gradients step,
            Function<Gradients, T> learning) {
        if (updates == null) {
            return learning.apply(step);
        }
        try (Gradients own = new Gradients(scope)) {
            T result = learning.apply(own);
            if (scope.engine().hasMemory()) {
                updates.apply(boundary).make(own);
            }
            return result;
        }
    }
}
