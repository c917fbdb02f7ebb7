package org.backpropaganda.synthetic.zeroth;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.technique.LocallyTrained;
import org.backpropaganda.autograd.technique.SelfTrained;
import org.backpropaganda.autograd.technique.TrainingSteps;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * A module that trains by {@link Mezo}, and evaluates as itself, under the same names.
 *
 * <pre>{@code
 * try (TrainingSteps steps = new MezoTrained(model, 4).steps(settings)) {
 *     steps.step(images, labels);
 * }
 * }</pre>
 *
 * <p>Of the optimizer that it is given it takes the learning rate η of the moment, and descends with {@code η n / (n + p + 1)} for n
 * directions and p numbers in the parameters: an estimate along random directions is that much longer, in the mean of squares, than
 * the gradient that η is meant for. The optimizer's momentum and weight decay have no part in it, and it keeps no state.
 *
 * <p>Source of the rate: Nesterov and Spokoiny 2017, "Random Gradient-Free Minimization of Convex Functions", § 3, whose bound on steps
 * falls with the dimension likewise.
 */
public final class MezoTrained extends Module implements SelfTrained {
    private final Module whole;
    private final int samples;

    /**
     * A module in the place of another.
     *
     * @param whole what trains, by a loss of its results alone
     * @param samples directions a step, at least 1
     * @throws IllegalArgumentException if the module has steps or learners of its own
     */
    public MezoTrained(Module whole, int samples) {
        if (whole instanceof SelfTrained || whole instanceof LocallyTrained) {
            throw new IllegalArgumentException("mezo: " + whole.describe()
                    + " trains in a way of its own, which forward passes alone leave out; give the plain module");
        }
        this.whole = register("", whole);
        this.samples = Choices.atLeastOne("mezo: samples", samples);
    }

    /**
     * Evaluates.
     *
     * @throws IllegalStateException on a tape that trains: a backward of it would be plain
     */
    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        if (inputs.get(0).tape().isTraining()) {
            throw new IllegalStateException("mezo: trains by steps of its own, not on a tape; use steps(settings),"
                    + " or the module itself for plain training");
        }
        return whole.call(inputs);
    }

    @Override
    public TrainingSteps steps(TrainingSteps.Settings settings) {
        List<Parameter> parameters = whole.trainedParameters();
        long numbers = parameters.stream()
                .mapToLong(parameter -> parameter.value().elements())
                .sum();
        return new Steps(
                whole,
                settings,
                Mezo.builder(0).samples(samples).build(parameters, settings.scope()),
                samples / (samples + numbers + 1.0));
    }

    private static final class Steps implements TrainingSteps {
        private static final String BATCHES = "batches";

        private final Module whole;
        private final Settings settings;
        private final Mezo mezo;
        private final double share;
        private long batches;

        Steps(Module whole, Settings settings, Mezo mezo, double share) {
            this.whole = whole;
            this.settings = settings;
            this.mezo = mezo;
            this.share = share;
        }

        @Override
        public OptionalDouble step(Tensor input, Tensor labels) {
            mezo.setLearningRate(share * settings.optimizer().learningRate());
            DirectionalStep step = mezo.step(
                    settings.seeds().applyAsLong(batches),
                    tape -> settings.loss()
                            .of(whole.call(List.of(tape.constant(input))), List.of(tape.constant(labels))));
            batches++;
            return OptionalDouble.of(step.loss());
        }

        @Override
        public OptionalDouble drain() {
            return OptionalDouble.empty();
        }

        @Override
        public Optional<Gradients> gradients(TensorScope scope, long number, Tensor input, Tensor labels) {
            return Optional.empty();
        }

        @Override
        public Map<String, Tensor> carried(TensorScope scope) {
            return Map.of(
                    BATCHES,
                    scope.allocate(Shape.of(1), DType.INT, MemoryKind.INPUT).set(Math.toIntExact(batches)));
        }

        @Override
        public void carry(Map<String, Tensor> carried) {
            Tensor there = carried.get(BATCHES);
            if (there == null) {
                throw new IllegalArgumentException(
                        "mezo: the state has no \"" + BATCHES + "\": it is that of other steps");
            }
            batches = (long) there.item();
        }

        @Override
        public void close() {}
    }
}
