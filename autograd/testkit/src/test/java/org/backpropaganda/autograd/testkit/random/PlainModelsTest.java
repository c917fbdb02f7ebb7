package org.backpropaganda.autograd.testkit.random;

import java.util.List;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.testkit.HeapCodec;

/** Random models repeat their bits and predict their bytes; and saved tensors may be kept elsewhere. */
class PlainModelsTest extends RandomModelContract {
    @Override
    protected List<Candidate> techniques() {
        return List.of(Candidate.policy("heap", () -> SavedTensorPolicy.of(new HeapCodec())));
    }
}
