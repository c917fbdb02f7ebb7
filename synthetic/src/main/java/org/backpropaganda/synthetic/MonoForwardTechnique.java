package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.synthetic.local.AuxiliaryClassifier;
import org.backpropaganda.synthetic.local.LocalObjective;

/** {@code mono-forward}: a linear projection to goodnesses of classes at each cut, whose cross-entropy the module learns from. */
public final class MonoForwardTechnique extends WithObjectives {
    /** The technique as it is found. */
    public MonoForwardTechnique() {
        super("mono-forward", "cuts the model into modules, each with one projection to classes to learn from");
    }

    @Override
    LocalObjective objective(Cut cut, long channels, TechniqueSettings settings) {
        return AuxiliaryClassifier.monoForward(settings.factory(), isOfImages(cut), channels, cut.classes());
    }
}
