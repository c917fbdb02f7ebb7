package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.synthetic.predictor.ConvPredictor;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.LinearPredictor;

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

    @Override
    final BoundaryRule rule(Cut cut, int block, TechniqueSettings settings) {
        return new PredictedGradient(predictor(cut, channels(cut, block), settings.factory()))
                .mixing(mixing(settings))
                .updating(updateProbability(settings));
    }

    private GradientPredictor predictor(Cut cut, long channels, ParameterFactory factory) {
        if (isConditioned) {
            return isOfImages(cut)
                    ? new ConvPredictor(factory, channels, cut.classes())
                    : new LinearPredictor(factory, channels, cut.classes());
        }
        return isOfImages(cut) ? new ConvPredictor(factory, channels) : new LinearPredictor(factory, channels);
    }
}
