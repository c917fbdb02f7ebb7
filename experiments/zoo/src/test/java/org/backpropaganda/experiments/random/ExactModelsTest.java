package org.backpropaganda.experiments.random;

import java.util.List;
import org.backpropaganda.autograd.testkit.random.Candidate;
import org.backpropaganda.autograd.testkit.random.RandomModelContract;
import org.backpropaganda.checkpointing.Checkpoint;
import org.backpropaganda.reversible.testkit.Reversible;

/** Couplings in fixed point, inside and around checkpoints, decoupled modules and in-place norms, on random models. */
class ExactModelsTest extends RandomModelContract {
    @Override
    protected List<Candidate> techniques() {
        return List.of(
                Candidate.around("checkpoint", Checkpoint::checkpoint),
                Reversible.exactSequences(),
                Reversible.inPlaceNorms(),
                new Decoupled());
    }
}
