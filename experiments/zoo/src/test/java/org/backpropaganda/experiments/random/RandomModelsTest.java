package org.backpropaganda.experiments.random;

import java.util.List;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.testkit.HeapCodec;
import org.backpropaganda.autograd.testkit.random.RandomModelContract;
import org.backpropaganda.autograd.testkit.random.Technique;
import org.backpropaganda.checkpointing.Checkpoint;
import org.backpropaganda.reversible.testkit.Reversible;

/** All techniques of all families, and their combinations, on random models. */
class RandomModelsTest extends RandomModelContract {
    @Override
    protected List<Technique> techniques() {
        return List.of(
                Technique.around("checkpoint", Checkpoint::checkpoint),
                Reversible.sequences(),
                Reversible.inPlaceNorms(),
                new Decoupled(),
                Technique.policy("heap", () -> SavedTensorPolicy.of(new HeapCodec())));
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
