package org.backpropaganda.synthetic.zeroth;

import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Copies that move, while the parameters stay: one of the weights, {@code PARAMETER}. */
final class PerturbedCopies implements Perturbed {
    private final TensorScope scope;
    private final long seed;
    private final Map<Parameter, Tensor> copies = new LinkedHashMap<>();

    PerturbedCopies(Directions directions, TensorScope owner, long seed) {
        this.scope = owner.child();
        this.seed = seed;
        for (Parameter parameter : directions.trained()) {
            Tensor value = parameter.value();
            copies.put(parameter, scope.allocate(value.shape(), value.dtype(), MemoryKind.PARAMETER));
        }
    }

    @Override
    public Map<Parameter, Tensor> moveTo(int direction, double distance) {
        copies.forEach((parameter, copy) -> {
            Directions.shift(copy, parameter.value(), parameter, seed, direction, distance);
            copy.written("perturbation");
        });
        return copies;
    }

    @Override
    public void close() {
        scope.close();
    }
}
