package org.backpropaganda.synthetic.zeroth;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Descent along forward gradients: the slope of the loss along a random direction, times the direction, in place of the gradient.
 *
 * <pre>
 * v ~ N(0, I)                     (from the seed, drawn again wherever it is needed)
 * ĝ = (∇L · v) v                  (with n directions, the mean of theirs)
 * θ ← θ − η (ĝ + λ θ)
 * E ĝ = ∇L,  E ‖ĝ − ∇L‖² = (p + 1) ‖∇L‖² / n for p parameters
 * memory : that of backpropagation, but of gradients (GRADIENT) one at a time; no state
 * </pre>
 *
 * <pre>{@code
 * ForwardGradient forward = ForwardGradient.builder(1e-3).build(model.parameterList(), scope);
 * double loss = forward.step(seed, tape -> crossEntropy(
 *                 model.call(tape.constant(images)), tape.constant(labels)))
 *         .loss();
 * }</pre>
 *
 * <p>It is {@link Mezo} without its finite difference: what is lost to the random direction alone.
 *
 * <p>Source: Baydin et al. 2022, "Gradients without Backpropagation", § 3. Deviation: slopes are exact, but come by reverse mode:
 * a backward pass gives each gradient, whose product with its part of v is all that is kept of it. In forward mode, which needs a
 * second rule of each op, the pass would save nothing; so this says what forward gradients learn, and not what they hold.
 */
public final class ForwardGradient {
    private static final String NAME = "forward gradient";

    private final TensorScope scope;
    private final Directions directions;
    private final double weightDecay;
    private final int samples;
    private double learningRate;

    private ForwardGradient(Builder builder, List<Parameter> parameters, TensorScope scope) {
        this.scope = scope;
        this.directions = new Directions(NAME, parameters, scope);
        this.weightDecay = builder.weightDecay;
        this.samples = builder.samples;
        this.learningRate = builder.learningRate;
    }

    /**
     * Choices: by default one direction a step and no weight decay.
     *
     * @param learningRate η of the first step
     */
    public static Builder builder(double learningRate) {
        return new Builder(learningRate);
    }

    /** Configures {@link ForwardGradient}. One builder may build for several models. */
    public static final class Builder {
        private final double learningRate;
        private double weightDecay;
        private int samples = 1;

        private Builder(double learningRate) {
            this.learningRate = Choices.notNegative(NAME + ": learning rate", learningRate);
        }

        /** λ, of all parameters. */
        public Builder weightDecay(double value) {
            weightDecay = Choices.notNegative(NAME + ": weight decay", value);
            return this;
        }

        /** How many directions a step takes the mean of; all come of one backward pass. */
        public Builder samples(int value) {
            samples = Choices.atLeastOne(NAME + ": samples", value);
            return this;
        }

        /**
         * The learner. It holds nothing between steps.
         *
         * @param parameters trainable, of the scope's engine, each once and under a path of its own
         * @param scope what a step allocates is inside of
         */
        public ForwardGradient build(List<Parameter> parameters, TensorScope scope) {
            return new ForwardGradient(this, parameters, scope);
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
     * Makes a step: a forward and a backward pass, then the update. Frozen parameters stay.
     *
     * @param seed of the directions, and of the random numbers of modules. Another one for each step
     * @param loss computes one number on the tape that it is given
     * @return the loss, and its slope along each direction
     * @throws ArithmeticException if the loss or a slope is not finite; then no parameter was changed
     */
    public DirectionalStep step(long seed, Function<Tape, Variable> loss) {
        double[] slopes = new double[samples];
        double value;
        try (TensorScope step = scope.child();
                Gradients gradients = Gradients.handedOver(step, (parameter, gradient) -> {
                    if (directions.contains(parameter)) {
                        double[] part = Directions.dot(parameter, gradient, seed, samples);
                        Arrays.setAll(slopes, s -> slopes[s] + part[s]);
                    }
                    return true;
                });
                Tape tape = Tape.builder(step).seed(seed).gradients(gradients).build()) {
            Variable result = loss.apply(tape);
            value = directions.loss(tape, result);
            tape.backward(result);
        }
        for (double slope : slopes) {
            directions.finite("a slope", slope);
        }
        directions.descend(seed, slopes, learningRate, weightDecay);
        return new DirectionalStep(value, Arrays.stream(slopes).boxed().toList());
    }
}
