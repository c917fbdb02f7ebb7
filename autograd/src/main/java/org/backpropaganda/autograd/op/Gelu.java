package org.backpropaganda.autograd.op;

import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;

/**
 * Gaussian error linear unit. Source: Hendrycks and Gimpel 2016, "Gaussian Error Linear Units", section 2.
 *
 * <pre>
 * y     = x Φ(x), Φ the distribution function of the standard normal; or
 *         x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2
 * shape : x [*] → y [*]
 * saves : x
 * vjp   : dx += dy (Φ(x) + x φ(x)), φ = Φ'; or the derivative of the approximation
 * </pre>
 *
 * @param approximate whether by the hyperbolic tangent
 */
public record Gelu(boolean approximate) implements KernelFunction {
    private static final double INNER = Math.sqrt(2 / Math.PI);
    private static final double CUBIC = 0.044715;

    /** Beyond it the function is 0 or x to any precision, and the derivative constant. */
    private static final double FAR = 40;

    /** x Φ(x). */
    public static Variable gelu(Variable x) {
        return x.tape().apply(new Gelu(false), x);
    }

    /** The approximation by the hyperbolic tangent, which differs from x Φ(x) by less than 0.0005. */
    public static Variable geluTanh(Variable x) {
        return x.tape().apply(new Gelu(true), x);
    }

    @Override
    public Keeps keeps() {
        return Keeps.INPUT;
    }

    @Override
    public EltwiseKernel.Function function() {
        return approximate ? EltwiseKernel.Function.GELU_TANH : EltwiseKernel.Function.GELU;
    }

    @Override
    public void gradient(GradientCall call) {
        Variable x = Clamp.clamp(call.input(0), -FAR, FAR);
        call.give(0, Multiply.multiply(call.dy(), approximate ? tanhSlope(x) : normalSlope(x)));
    }

    /** Φ(x) + x φ(x). */
    private static Variable normalSlope(Variable x) {
        return Add.add(NormalCdf.normalCdf(x), Multiply.multiply(x, NormalCdf.density(x)));
    }

    /** σ(z) (1 + x σ(−z) z'), where z = 2 √(2/π) (x + 0.044715 x³): (1 + tanh(z/2)) / 2 = σ(z). */
    private static Variable tanhSlope(Variable x) {
        Variable square = Multiply.multiply(x, x);
        Variable z = Multiply.multiply(x, Scale.scale(square, 2 * INNER * CUBIC, 2 * INNER));
        Variable derivative = Scale.scale(square, 6 * INNER * CUBIC, 2 * INNER);
        Variable bend = Multiply.multiply(Multiply.multiply(x, derivative), Sigmoid.sigmoid(Scale.scale(z, -1)));
        return Multiply.multiply(Sigmoid.sigmoid(z), Scale.scale(bend, 1, 1));
    }
}
