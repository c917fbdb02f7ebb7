package org.backpropaganda.autograd.io;

import java.util.Map;
import org.backpropaganda.autograd.optim.ReduceOnPlateau;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * What a falling factor has seen, in a training state.
 *
 * @param name in the state
 * @param plateau itself
 */
record PlateauPart(String name, ReduceOnPlateau plateau) implements StatePart {

    @Override
    public void save(StateEntries entries, Map<String, Tensor> tensors) {
        entries.putPlateau(name, plateau.state());
    }

    @Override
    public Found read(StateEntries entries, Map<String, TensorSpec> wanted) throws TensorFileException {
        ReduceOnPlateau.State state = entries.plateau(name);
        return targets -> plateau.resume(state);
    }
}
