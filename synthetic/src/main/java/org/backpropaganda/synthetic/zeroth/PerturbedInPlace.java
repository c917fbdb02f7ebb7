package org.backpropaganda.synthetic.zeroth;

import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.Tensor;

/** The parameters themselves, which move and come back by arithmetic: no bytes, and a rounding for each move. */
final class PerturbedInPlace implements Perturbed {
    private final List<Parameter> parameters;
    private final long seed;
    private int direction;
    private double distance;

    PerturbedInPlace(Directions directions, long seed) {
        this.parameters = directions.trained();
        this.seed = seed;
    }

    @Override
    public Map<Parameter, Tensor> moveTo(int newDirection, double newDistance) {
        if (newDirection != direction) {
            comeBack();
            direction = newDirection;
        }
        shift(newDistance - distance);
        distance = newDistance;
        return Map.of();
    }

    private void comeBack() {
        if (distance != 0) {
            shift(-distance);
            distance = 0;
        }
    }

    private void shift(double by) {
        for (Parameter parameter : parameters) {
            Tensor value = parameter.value();
            Directions.shift(value, value, parameter, seed, direction, by);
            value.written("perturbation");
        }
    }

    @Override
    public void close() {
        comeBack();
    }
}
