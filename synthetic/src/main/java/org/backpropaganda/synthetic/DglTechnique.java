package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.synthetic.local.AuxiliaryClassifier;
import org.backpropaganda.synthetic.local.LocalObjective;

/** {@code dgl}: an auxiliary classifier at each cut, from whose loss the module in front learns. */
public final class DglTechnique extends WithObjectives {
    private static final int PIXELS = 2;

    /** The technique as it is found. */
    public DglTechnique() {
        super("dgl", "cuts the model into modules, each with a classifier of its own to learn from");
    }

    @Override
    LocalObjective objective(Cut cut, long channels, TechniqueSettings settings) {
        return isOfImages(cut)
                ? AuxiliaryClassifier.ofImages(settings.factory(), channels, cut.classes(), PIXELS)
                : AuxiliaryClassifier.ofRows(settings.factory(), channels, cut.classes());
    }
}
