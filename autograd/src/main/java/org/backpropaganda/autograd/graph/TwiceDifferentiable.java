package org.backpropaganda.autograd.graph;

/**
 * An op whose gradients can be differentiated again. {@link #vjp} works on tensors, for speed; {@link #gradient} is the
 * same rule written with ops, which the tape records. The contract of ops holds the two together.
 */
public interface TwiceDifferentiable extends Op {

    /**
     * Gives the gradients of the inputs that need one, computed by ops from what {@link #saves} declares and the gradient of
     * the output.
     */
    void gradient(GradientCall call);
}
