package org.backpropaganda.experiments.run;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.Services;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Model;

/** The optimizers of the class path, and schedules, by their names on the command line. */
public final class Optimizers {
    private static final double PREDICTOR_RATE = 1e-3;

    private Optimizers() {}

    /** All optimizers that are there, by name. */
    public static List<OptimizerKind> all() {
        return Services.all(OptimizerKind.class, OptimizerKind::name);
    }

    private static OptimizerKind find(String name) {
        return Services.find(OptimizerKind.class, OptimizerKind::name, "optimizer", name);
    }

    static void check(RunConfig.Descent descent) {
        find(descent.optimizer());
        schedule(descent, 1);
    }

    static Optimizer model(RunConfig.Descent descent, List<Parameter> parameters, TensorScope scope) {
        return find(descent.optimizer()).create(descent, parameters, scope);
    }

    /** Gradient predictors are trained by Adam, as in Jaderberg et al. 2017, § 3. */
    static Optimizer predictors(List<Parameter> parameters, TensorScope scope) {
        return Adam.builder(PREDICTOR_RATE).build(parameters, scope);
    }

    /** Those of a run: of the model, and behind it of learners beside it if there are any. */
    public static List<Optimizer> of(RunConfig config, Model model, TensorScope scope) {
        Optimizer ofModel =
                model(config.descent(), List.copyOf(model.parameters().values()), scope);
        return model.predictorParameters().isEmpty()
                ? List.of(ofModel)
                : List.of(ofModel, predictors(model.predictorParameters(), scope));
    }

    static LearningRateSchedule schedule(RunConfig.Descent descent, int steps) {
        return switch (descent.schedule()) {
            case "constant" -> LearningRateSchedule.constant();
            case "linear" -> LearningRateSchedule.linearDecay(steps);
            case "cosine" -> LearningRateSchedule.cosine(steps);
            default ->
                throw new UserException(
                        "unknown schedule '" + descent.schedule() + "': choose constant, linear or cosine");
        };
    }
}
