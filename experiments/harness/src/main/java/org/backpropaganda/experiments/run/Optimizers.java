package org.backpropaganda.experiments.run;

import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.AdamW;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;

/** Optimizers and schedules by their names on the command line. */
final class Optimizers {
    private static final double MOMENTUM = 0.9;
    private static final double PREDICTOR_RATE = 1e-3;

    private Optimizers() {}

    static void check(RunConfig config) {
        if (!Set.of("sgd", "adamw").contains(config.optimizer())) {
            throw unknown(config);
        }
        schedule(config, 1);
    }

    private static UserException unknown(RunConfig config) {
        return new UserException("unknown optimizer '" + config.optimizer() + "': choose sgd or adamw");
    }

    static Optimizer model(RunConfig config, List<Parameter> parameters, TensorScope scope) {
        return switch (config.optimizer()) {
            case "sgd" ->
                Sgd.builder(config.lr())
                        .momentum(MOMENTUM)
                        .weightDecay(config.weightDecay())
                        .build(parameters, scope);
            case "adamw" ->
                AdamW.builder(config.lr()).weightDecay(config.weightDecay()).build(parameters, scope);
            default -> throw unknown(config);
        };
    }

    /** Gradient predictors are trained by Adam, as in Jaderberg et al. 2017, § 3. */
    static Optimizer predictors(List<Parameter> parameters, TensorScope scope) {
        return Adam.builder(PREDICTOR_RATE).build(parameters, scope);
    }

    static LearningRateSchedule schedule(RunConfig config, int steps) {
        return switch (config.schedule()) {
            case "constant" -> LearningRateSchedule.constant();
            case "linear" -> LearningRateSchedule.linearDecay(steps);
            case "cosine" -> LearningRateSchedule.cosine(steps);
            default ->
                throw new UserException(
                        "unknown schedule '" + config.schedule() + "': choose constant, linear or cosine");
        };
    }
}
