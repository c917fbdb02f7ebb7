package org.backpropaganda.experiments.random;

import java.util.List;
import org.backpropaganda.autograd.testkit.random.Candidate;
import org.backpropaganda.autograd.testkit.random.RandomModelContract;
import org.backpropaganda.checkpointing.Checkpoint;
import org.backpropaganda.reversible.testkit.Reversible;

/** Couplings of all kinds, with the techniques of the other families around and inside them. */
class MixedCouplingsTest extends RandomModelContract {
    @Override
    protected List<Candidate> techniques() {
        return List.of(
                Candidate.around("checkpoint", Checkpoint::checkpoint),
                Reversible.mixedSequences(),
                Reversible.inPlaceNorms(),
                new Decoupled());
    }
}
