package org.backpropaganda.reversible.testkit;

import java.util.List;
import org.backpropaganda.autograd.testkit.random.Candidate;
import org.backpropaganda.autograd.testkit.random.RandomModelContract;

/** Couplings of all kinds, in any order and with anything in them, on random models. */
class RandomSequencesTest extends RandomModelContract {
    @Override
    protected List<Candidate> techniques() {
        return List.of(Reversible.sequences(), Reversible.mixedSequences());
    }

    @Override
    protected int models() {
        return 400;
    }
}
