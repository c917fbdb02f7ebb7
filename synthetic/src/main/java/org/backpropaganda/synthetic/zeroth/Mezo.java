package org.backpropaganda.synthetic.zeroth;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * MeZO: descent along random directions, whose slopes two forward passes tell. There is no backward, nothing is saved for one,
 * and there is no state between steps:
 *
 * <pre>
 * z ~ N(0, I)                     (from the seed, drawn again wherever it is needed)
 * g = (L(θ + ε z) − L(θ − ε z)) / 2ε
 * θ ← θ − η (g z + λ θ)           (with n directions, the mean of their g z)
 * memory : one forward pass, and one copy of the weights during a step (bytes(θ), PARAMETER); in place, no copy
 * </pre>
 *
 * <pre>{@code
 * Mezo mezo = Mezo.builder(1e-4).epsilon(1e-3).build(model.parameterList(), scope);
 * for (int step = 0; step < steps; step++) {
 *     Batch batch = batches.get(step);
 *     mezo.setLearningRate(1e-4 * schedule.multiplier(step));
 *     mezo.step(step, tape -> crossEntropy(
 *             model.call(tape.constant(batch.images())), tape.constant(batch.labels())));
 * }
 * }</pre>
 *
 * <p>All passes of a step draw the same random numbers, as of dropout, and see the same state; what a pass does to state, as to running
 * statistics, the last one does. The parameters stay untouched until all slopes are known, so a step that fails changes none of
 * them. Whoever has the seeds and slopes of all steps has the weights.
 *
 * <p>Source: Malladi et al. 2023, "Fine-Tuning Language Models with Just Forward Passes", algorithms 1 and 2. Deviation: weights are
 * moved in a copy and not back and forth, which would lose their last bits; {@link Builder#inPlace()} does as the paper does.
 * Known gap: the rounding of losses is divided by 2ε; in {@code FLOAT}, whose losses have a relative error of about 1e-7, a slope
 * below 1e-4 of the loss is noise at ε = 1e-3.
 */
public final class Mezo {
    private static final String NAME = "mezo";

    private final TensorScope scope;
    private final Directions directions;
    private final double epsilon;
    private final double weightDecay;
    private final int samples;
    private final boolean inPlace;
    private double learningRate;

    private Mezo(Builder builder, List<Parameter> parameters, TensorScope scope) {
        this.scope = scope;
        this.directions = new Directions(NAME, parameters, scope);
        this.epsilon = builder.epsilon;
        this.weightDecay = builder.weightDecay;
        this.samples = builder.samples;
        this.inPlace = builder.inPlace;
        this.learningRate = builder.learningRate;
    }

    /**
     * Choices: by default ε = 1e-3, one direction a step, no weight decay, and a copy of the weights during a step.
     *
     * @param learningRate η of the first step
     */
    public static Builder builder(double learningRate) {
        return new Builder(learningRate);
    }

    /** Configures {@link Mezo}. One builder may build for several models. */
    public static final class Builder {
        private final double learningRate;
        private double epsilon = 1e-3;
        private double weightDecay;
        private int samples = 1;
        private boolean inPlace;

        private Builder(double learningRate) {
            this.learningRate = Choices.notNegative(NAME + ": learning rate", learningRate);
        }

        /** ε, how far along a direction losses are computed; above 0. */
        public Builder epsilon(double value) {
            epsilon = Choices.positive(NAME + ": epsilon", value);
            return this;
        }

        /** λ, of all parameters. */
        public Builder weightDecay(double value) {
            weightDecay = Choices.notNegative(NAME + ": weight decay", value);
            return this;
        }

        /** How many directions a step takes the mean of: n of them are 2n forward passes. */
        public Builder samples(int value) {
            samples = Choices.atLeastOne(NAME + ": samples", value);
            return this;
        }

        /**
         * Moves the weights themselves and brings them back by arithmetic, without a copy. They come back with a rounding error
         * of each move, about one unit in the last place of the larger of weight and perturbation: also where the learning rate
         * is 0, or a step fails.
         */
        public Builder inPlace() {
            inPlace = true;
            return this;
        }

        /**
         * The learner. It holds nothing between steps.
         *
         * @param parameters trainable, of the scope's engine, each once and under a path of its own
         * @param scope what a step allocates is inside of
         */
        public Mezo build(List<Parameter> parameters, TensorScope scope) {
            return new Mezo(this, parameters, scope);
        }
    }

    /** η of the next step. */
    public double learningRate() {
        return learningRate;
    }

    /**
     * Sets η of the next steps.
     *
     * @throws IllegalArgumentException if it is negative or not finite
     */
    public void setLearningRate(double rate) {
        learningRate = Choices.notNegative(NAME + ": learning rate", rate);
    }

    /**
     * Makes a step: two forward passes for each direction, then the update. Frozen parameters stay.
     *
     * @param seed of the directions, and of the random numbers of modules. Another one for each step
     * @param loss computes one number on the tape that it is given, from the same batch each time
     * @return the mean of all losses, and the slopes
     * @throws ArithmeticException if a loss or a slope is not finite; then no parameter was changed
     */
    public DirectionalStep step(long seed, Function<Tape, Variable> loss) {
        double[] slopes = new double[samples];
        double sum = 0;
        try (TensorScope step = scope.child();
                Perturbed weights = inPlace
                        ? new PerturbedInPlace(directions, seed)
                        : new PerturbedCopies(directions, step, seed)) {
            for (int s = 0; s < samples; s++) {
                double above = pass(step, seed, weights, s, epsilon, false, loss);
                double below = pass(step, seed, weights, s, -epsilon, s == samples - 1, loss);
                sum += above + below;
                if (scope.engine().hasMemory()) {
                    slopes[s] = directions.finite("a slope", (above - below) / (2 * epsilon));
                }
            }
        }
        directions.descend(seed, slopes, learningRate, weightDecay);
        return new DirectionalStep(
                sum / (2 * samples), Arrays.stream(slopes).boxed().toList());
    }

    private double pass(
            TensorScope step,
            long seed,
            Perturbed weights,
            int direction,
            double distance,
            boolean withEffects,
            Function<Tape, Variable> loss) {
        TapeBuilder builder = Tape.builder(step).seed(seed).notRecording().weights(weights.moveTo(direction, distance));
        try (Tape tape = (withEffects ? builder : builder.again()).build()) {
            return directions.loss(tape, loss.apply(tape));
        }
    }
}
