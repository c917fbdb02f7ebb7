package org.backpropaganda.synthetic.recurrent;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.synthetic.predictor.GradientPredictor;

/**
 * {@code M(h) = V relu(W h + a) + b} for the states h [B, D] of a recurrent layer, side by side; V and b zero at first.
 * Parameters: hidden.weight [H, D], hidden.bias [H], output.weight [D, H], output.bias [D].
 *
 * <pre>{@code
 * GradientPredictor predictor = new StatePredictor(factory, 2 * width, width); // h and c of an LSTM
 * }</pre>
 *
 * <p>Source: Jaderberg et al. 2017, "Decoupled Neural Interfaces using Synthetic Gradients", § 3.1.
 */
public final class StatePredictor extends GradientPredictor {
    private final long features;
    private final Linear hidden;
    private final Linear output;

    /**
     * A predictor that says 0 at first.
     *
     * @param features D
     * @param width H, of the hidden layer
     */
    public StatePredictor(ParameterFactory factory, long features, long width) {
        this.features = features;
        hidden = register("hidden", new Linear(factory, features, width, true));
        output = register("output", new Linear(factory, width, features, true, Initializer.zeros()));
    }

    @Override
    public boolean isConditioned() {
        return false;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable h = inputs.get(0);
        Shape shape = h.shape();
        if (shape.rank() != 2 || shape.dim(1) != features) {
            throw new ShapeException("StatePredictor: the states are " + h.spec() + ", made for [B, " + features + "]");
        }
        return List.of(output.call(Relu.relu(hidden.call(h))));
    }
}
