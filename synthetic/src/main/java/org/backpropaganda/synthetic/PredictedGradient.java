package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.jspecify.annotations.Nullable;

/**
 * The module in front learns from a predicted gradient ĝ, or from a mixture with the one that arrives:
 *
 * <pre>
 * ḡ_k = λ (∂h_{k+1}/∂h_k)ᵀ ḡ_{k+1} + (1 − λ) c ĝ_k
 * </pre>
 *
 * With λ = 0 nothing is waited for, and the graph of the module is freed before the next one runs: DNI, or cDNI where the
 * predictor is conditioned on labels. With λ above 0 the module keeps its graph until the gradient arrives; with λ = 1 it
 * learns what backpropagation would have it learn, and only the predictor learns otherwise. In either case the predictor
 * is trained on what arrives.
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 2 and, for λ, supplementary
 * material, § A.
 *
 * @param predictor of ĝ
 * @param mixing tells λ
 * @param factor c, what of a prediction is applied; within (0, 1]. Targets are those of c = 1
 * @param updateProbability as {@link BoundaryRule#updateProbability}; below 1 only where λ is always 0
 * @param input as {@link BoundaryRule#input}; only where λ is always 0
 */
public record PredictedGradient(
        GradientPredictor predictor,
        Mixing mixing,
        double factor,
        double updateProbability,
        @Nullable Module input) implements BoundaryRule {

    /** Checks the numbers. */
    public PredictedGradient {
        if (!(factor > 0 && factor <= 1)) {
            throw new IllegalArgumentException(
                    "boundary: factor " + factor + " of predictions must be above 0 and at most 1");
        }
        BoundaryRule.requireProbability(updateProbability);
        if (updateProbability < 1 && !mixing.isNever()) {
            throw new IllegalArgumentException("boundary: update probability " + updateProbability
                    + " is for modules that wait for no gradient, but " + mixing
                    + " may wait; leave one of the two out");
        }
        if (input != null && predictor.streams() != 1) {
            throw new IllegalArgumentException("boundary: a predicted input is one tensor, but " + predictor.streams()
                    + " cross; leave one of the two out");
        }
        if (input != null && !mixing.isNever()) {
            throw new IllegalArgumentException(
                    "boundary: a predicted input is for modules that wait for no gradient, but " + mixing
                            + " may wait; leave one of the two out");
        }
    }

    /** A prediction alone: λ is 0. */
    public PredictedGradient(GradientPredictor predictor) {
        this(predictor, Mixing.never(), 1, 1, null);
    }

    /** This rule with another mixture. */
    public PredictedGradient mixing(Mixing other) {
        return new PredictedGradient(predictor, other, factor, updateProbability, input);
    }

    /** This rule with a factor of predictions. */
    public PredictedGradient applying(double share) {
        return new PredictedGradient(predictor, mixing, share, updateProbability, input);
    }

    /** This rule with a probability of updates. */
    public PredictedGradient updating(double probability) {
        return new PredictedGradient(predictor, mixing, factor, probability, input);
    }

    /**
     * This rule where what crosses is predicted too: the module behind runs on {@code ĥ = I(x)}, x the input of the sequence, and
     * the predictor of gradients is trained on the gradient at ĥ. I is trained on {@code (1/P) Σ_p ‖ĥ_p − h_p‖²}, P the
     * positions. In evaluation the value itself crosses.
     *
     * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 2: synthetic inputs.
     *
     * @param from maps x to the shape of h
     */
    public PredictedGradient unlocking(Module from) {
        return new PredictedGradient(predictor, mixing, factor, updateProbability, from);
    }

    @Override
    public List<Module> learners() {
        List<Module> all = new ArrayList<>();
        all.add(predictor);
        mixing.progress().ifPresent(all::add);
        if (input != null) {
            all.add(input);
        }
        return all;
    }

    @Override
    public int streams() {
        return predictor.streams();
    }

    @Override
    public boolean isConditioned() {
        return predictor.isConditioned();
    }
}
