package org.backpropaganda.reversible.testkit;

import java.util.List;
import org.backpropaganda.autograd.testkit.random.Candidate;
import org.backpropaganda.autograd.testkit.random.RandomModelContract;

/** Sequences in fixed point on random models: equal to the storing twin to the bit, wherever they stand. */
class ExactModelsTest extends RandomModelContract {
    @Override
    protected List<Candidate> techniques() {
        return List.of(Reversible.exactSequences(), Reversible.inPlaceNorms());
    }
}
