package org.backpropaganda.synthetic;

import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.synthetic.local.LocalObjective;

/** What techniques share that have a loss at each cut. */
abstract class WithObjectives extends Decoupling {

    WithObjectives(String name, String meaning) {
        super(name, meaning);
    }

    /** The loss at a cut. */
    abstract LocalObjective objective(Cut cut, long channels, TechniqueSettings settings);

    @Override
    final BoundaryRule rule(Cut cut, int block, TechniqueSettings settings) {
        return new LocalLoss(objective(cut, channels(cut, block), settings)).updating(updateProbability(settings));
    }

    @Override
    final String refusalOfSequences() {
        return "there is no local loss of sequences";
    }
}
