package org.backpropaganda.synthetic.zeroth;

import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.Tensor;

/** Weights somewhere on a line through the parameters, until it is closed. */
interface Perturbed extends AutoCloseable {
    /**
     * Moves to {@code θ + distance z}.
     *
     * @param direction number of z
     * @return what stands for the parameters; empty where they moved themselves
     */
    Map<Parameter, Tensor> moveTo(int direction, double distance);

    @Override
    void close();
}
