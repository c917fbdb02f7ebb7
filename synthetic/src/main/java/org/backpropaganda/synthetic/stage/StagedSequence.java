package org.backpropaganda.synthetic.stage;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.IntFunction;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.technique.SelfTrained;
import org.backpropaganda.autograd.technique.TrainingSteps;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Modules one after another that train as the stages of a {@link StagedLearner}, and evaluate as a {@link Sequential} of the
 * same names.
 *
 * <pre>{@code
 * StagedSequence model = new StagedSequence(modules, StageRule.petra());
 * try (TrainingSteps steps = model.steps(settings)) {
 *     steps.step(images, labels);
 * }
 * }</pre>
 */
public final class StagedSequence extends Module implements SelfTrained {
    private final List<Module> modules;
    private final StageRule rule;
    private final double updateProbability;

    /** Modules named by their number. */
    public StagedSequence(List<? extends Module> modules, StageRule rule) {
        this(modules, rule, 1);
    }

    private StagedSequence(List<? extends Module> modules, StageRule rule, double updateProbability) {
        this.modules = List.copyOf(modules);
        this.rule = rule;
        this.updateProbability = updateProbability;
        for (int k = 0; k < modules.size(); k++) {
            register(Integer.toString(k), modules.get(k));
        }
    }

    /**
     * The same, of which a module but the last learns from a batch with some probability.
     *
     * @param probability within (0, 1]
     */
    public StagedSequence updating(double probability) {
        StageTraining.requireProbability(probability);
        return new StagedSequence(modules, rule, probability);
    }

    /** The modules in order. */
    public List<Module> modules() {
        return modules;
    }

    /** What stages keep, and how long messages take. */
    public StageRule rule() {
        return rule;
    }

    /**
     * Evaluates.
     *
     * @throws IllegalStateException on a tape that trains: a backward of it would be plain
     */
    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        if (inputs.get(0).tape().isTraining()) {
            throw new IllegalStateException(
                    "staged sequence: trains by steps of its own, not on a tape; use steps(settings),"
                            + " or a Sequential of the same modules for plain training");
        }
        return Sequential.chain(modules, inputs);
    }

    @Override
    public TrainingSteps steps(TrainingSteps.Settings settings) {
        return new Steps(learner(settings, stage -> StageTraining.of(settings.optimizer()), StageListener.NONE));
    }

    /**
     * The stages by themselves, as for threads of their own, where each needs an optimizer of its own.
     *
     * @param settings whose optimizer is left alone
     * @param training of each module, by its number
     * @param listener looks on
     */
    public StagedLearner learner(
            TrainingSteps.Settings settings, IntFunction<StageTraining> training, StageListener listener) {
        StagedLearner.Builder builder = StagedLearner.builder(settings.scope(), modules)
                .rule(rule)
                .loss((outputs, labels) -> settings.loss().of(outputs, List.of(labels)))
                .training(stage -> byChance(stage, training.apply(stage)))
                .seeds(settings.seeds())
                .policy(settings.policy())
                .listener(listener);
        return settings.isResumable() ? builder.resumable().build() : builder.build();
    }

    private StageTraining byChance(int stage, StageTraining training) {
        return stage == modules.size() - 1 || updateProbability == 1
                ? training
                : training.withProbability(updateProbability);
    }

    private record Steps(StagedLearner learner) implements TrainingSteps {
        @Override
        public OptionalDouble step(Tensor input, Tensor labels) {
            return last(learner.step(input, labels));
        }

        @Override
        public OptionalDouble drain() {
            return last(learner.drain());
        }

        private static OptionalDouble last(List<Learnt> learnt) {
            return learnt.isEmpty()
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(learnt.get(learnt.size() - 1).loss());
        }

        @Override
        public Optional<Gradients> gradients(TensorScope scope, long number, Tensor input, Tensor labels) {
            return Optional.of(learner.gradients(scope, number, List.of(input), labels));
        }

        @Override
        public Map<String, Tensor> carried(TensorScope scope) {
            return learner.carried(scope);
        }

        @Override
        public void carry(Map<String, Tensor> carried) {
            learner.carry(carried);
        }

        @Override
        public void close() {
            learner.close();
        }
    }
}
