package org.backpropaganda.synthetic;

import java.util.Optional;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.synthetic.predictor.Predictors;

/** What techniques share that predict gradients at their cuts. */
abstract class Predicting extends Decoupling {
    private final boolean isConditioned;

    Predicting(String name, String meaning, boolean isConditioned) {
        super(name, meaning);
        this.isConditioned = isConditioned;
    }

    /** How predictions are mixed with what arrives; a new one at each call. */
    Mixing mixing(TechniqueSettings settings) {
        return Mixing.never();
    }

    private static String word(TechniqueSettings settings) {
        return settings.word(Predictors.SETTING).orElse(Predictors.LINEAR);
    }

    @Override
    final Optional<String> refusalOf(TechniqueSettings settings) {
        return Predictors.words().contains(word(settings))
                ? Optional.empty()
                : Optional.of("predictor '" + word(settings) + "' is none: choose "
                        + String.join(" or ", Predictors.words()));
    }

    @Override
    final BoundaryRule rule(Cut cut, int block, TechniqueSettings settings) {
        return new PredictedGradient(Predictors.of(word(settings), cut, block, isConditioned, settings.factory()))
                .mixing(mixing(settings))
                .updating(updateProbability(settings));
    }
}
