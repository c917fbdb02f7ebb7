package org.backpropaganda.experiments.random;

import java.util.List;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.backpropaganda.autograd.testkit.random.Candidate;
import org.backpropaganda.autograd.testkit.random.RandomModelContract;
import org.backpropaganda.checkpointing.Checkpoint;
import org.backpropaganda.reversible.testkit.Reversible;

/** All techniques of all families, and their combinations, on random models. */
class RandomModelsTest extends RandomModelContract {
    @Override
    protected List<Candidate> techniques() {
        return List.of(
                Candidate.around("checkpoint", Checkpoint::checkpoint),
                Reversible.sequences(),
                Reversible.inPlaceNorms(),
                new Decoupled(),
                Candidate.policy("heap", () -> SavedTensorPolicy.of(new HeapCodec())));
    }

    @Override
    protected int models() {
        return 3000;
    }

    @Override
    protected int leastPairs() {
        return 100;
    }
}
