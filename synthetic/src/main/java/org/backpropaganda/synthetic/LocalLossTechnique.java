package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.synthetic.local.LocalObjective;
import org.backpropaganda.synthetic.local.PredictionAndSimilarity;

/** {@code local}: a prediction and a similarity loss at each cut, from which the module in front learns. */
public final class LocalLossTechnique extends WithObjectives {
    /** The technique as it is found. */
    public LocalLossTechnique() {
        super("local", "cuts the model into modules, each with a prediction and a similarity loss to learn from");
    }

    @Override
    LocalObjective objective(Cut cut, long channels, TechniqueSettings settings) {
        return new PredictionAndSimilarity(settings.factory(), isOfImages(cut), channels, cut.classes());
    }
}
