package org.backpropaganda.reversible.ode;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Linear;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Transpose;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * The symmetric layer {@code −Kᵀ σ(K x + b)}: x [..., C] → [..., C], with parameters weight K [hidden, C] and bias b [hidden].
 * Where σ grows with its argument, the layer is the negative gradient of a convex energy, and its Jacobian is symmetric and
 * has no positive eigenvalue: in a {@link LeapfrogCoupling} waves neither grow nor die out.
 *
 * <pre>{@code
 * Coupling step = new LeapfrogCoupling(new SymmetricLinear(factory, 8, 16, Activation.tanh()), 0.5);
 * }</pre>
 *
 * <p>Source: Ruthotto and Haber 2020, "Deep Neural Networks Motivated by Partial Differential Equations", § 3 (without their
 * normalisation).
 */
public final class SymmetricLinear extends UnaryModule {
    private final Parameter weight;
    private final Parameter bias;
    private final Activation activation;

    /**
     * A layer with Glorot-uniform weights and zero bias.
     *
     * @param width C
     * @param hidden how many rows K has
     * @param activation σ, which works element by element
     */
    public SymmetricLinear(ParameterFactory factory, long width, long hidden, Activation activation) {
        weight = register("weight", factory.create(Shape.of(hidden, width), Initializer.glorotUniform()));
        bias = register("bias", factory.create(Shape.of(hidden), Initializer.zeros()));
        this.activation = register("activation", activation);
    }

    @Override
    protected Variable forward(Variable x) {
        Variable k = x.tape().parameter(weight);
        Variable hidden = activation.call(Linear.linear(x, k, x.tape().parameter(bias)));
        return Scale.scale(Linear.linear(hidden, Transpose.transpose(k, 1, 0)), -1);
    }
}
