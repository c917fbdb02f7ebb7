package org.backpropaganda.reversible.ode;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Conv2d;
import org.backpropaganda.autograd.op.ConvTranspose2d;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.Shape;

/**
 * The symmetric layer {@code −Kᵀ σ(K x + b)} of images, K a convolution and Kᵀ its transpose: x [N, H, W, C] → [N, H, W, C],
 * with parameters weight [hidden, C, kH, kW] and bias b [hidden]. For what it is good for see {@link SymmetricLinear}.
 *
 * <pre>{@code
 * Module f = new SymmetricConv2d(factory, 16, 32, Window.square(3, 1, 1), Activation.relu());
 * Coupling step = new LeapfrogCoupling(f, 0.5);
 * }</pre>
 *
 * <p>Source: Ruthotto and Haber 2020, "Deep Neural Networks Motivated by Partial Differential Equations", § 3 (without their
 * normalisation).
 */
public final class SymmetricConv2d extends UnaryModule {
    private final Parameter weight;
    private final Parameter bias;
    private final Window window;
    private final Activation activation;

    /**
     * A layer with He-normal weights and zero bias.
     *
     * @param channels C
     * @param hidden how many channels K makes
     * @param window of K; any, also one with a stride
     * @param activation σ, which works element by element
     */
    public SymmetricConv2d(ParameterFactory factory, long channels, long hidden, Window window, Activation activation) {
        Shape kernel = Shape.of(hidden, channels, window.kernelH(), window.kernelW());
        weight = register("weight", factory.create(kernel, Initializer.heNormal()));
        bias = register("bias", factory.create(Shape.of(hidden), Initializer.zeros()));
        this.window = window;
        this.activation = register("activation", activation);
    }

    @Override
    protected Variable forward(Variable x) {
        Variable k = x.tape().parameter(weight);
        Variable hidden = activation.call(Conv2d.conv2d(x, k, x.tape().parameter(bias), window, 1));
        Variable back = ConvTranspose2d.convTranspose2d(
                hidden, k, window, 1, x.shape().dim(1), x.shape().dim(2));
        return Scale.scale(back, -1);
    }
}
