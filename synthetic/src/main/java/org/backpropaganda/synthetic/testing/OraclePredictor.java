package org.backpropaganda.synthetic.testing;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.synthetic.predictor.GradientPredictor;

/**
 * Predicts a gradient that it was given, whatever the boundary holds. It has no parameters and learns nothing. With the
 * true gradients of a {@link BoundaryRecorder}, every gradient of a decoupled step is that of backpropagation.
 */
public final class OraclePredictor extends GradientPredictor {
    private final Tensor gradient;

    /**
     * Predicts {@code gradient}.
     *
     * @param gradient of a mean over the batch, [B, ...]. Not modified; has to outlive the predictor
     */
    public OraclePredictor(Tensor gradient) {
        this.gradient = gradient;
    }

    @Override
    public boolean isConditioned() {
        return false;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable h = inputs.get(0);
        if (!h.spec().equals(gradient.spec())) {
            throw new ShapeException(
                    "oracle: the boundary is " + h.spec() + ", the gradient " + gradient.spec() + "; record it anew");
        }
        Tensor perPosition = h.tape().scope().allocate(gradient.shape(), gradient.dtype());
        double positions = (double) gradient.elements() / gradient.shape().dim(-1);
        Kernels.of(gradient).eltwise().forward(EltwiseKernel.Function.SCALE, positions, gradient, perPosition);
        return List.of(h.tape().constant(perPosition));
    }
}
