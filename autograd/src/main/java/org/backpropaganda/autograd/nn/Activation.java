package org.backpropaganda.autograd.nn;

import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Elu;
import org.backpropaganda.autograd.op.Gelu;
import org.backpropaganda.autograd.op.Hardswish;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.Sigmoid;
import org.backpropaganda.autograd.op.Silu;
import org.backpropaganda.autograd.op.Softplus;
import org.backpropaganda.autograd.op.Tanh;

/** A function without parameters, as a layer. */
public final class Activation extends UnaryModule {
    private final UnaryOperator<Variable> function;

    /** Any function of one variable, made of ops. */
    public Activation(UnaryOperator<Variable> function) {
        this.function = function;
    }

    /** max(x, 0). */
    public static Activation relu() {
        return new Activation(Relu::relu);
    }

    /** max(x, 0) in the bytes of its input, which it consumes; for places where nobody reads the input afterwards. */
    public static Activation reluInPlace() {
        return new Activation(Relu::reluInPlace);
    }

    /** Exponential linear unit. */
    public static Activation elu(double alpha) {
        return new Activation(x -> Elu.elu(x, alpha));
    }

    /** Logistic function. */
    public static Activation sigmoid() {
        return new Activation(Sigmoid::sigmoid);
    }

    /** Hyperbolic tangent. */
    public static Activation tanh() {
        return new Activation(Tanh::tanh);
    }

    /** Gaussian error linear unit. */
    public static Activation gelu() {
        return new Activation(Gelu::gelu);
    }

    /** Gaussian error linear unit, approximated by the hyperbolic tangent. */
    public static Activation geluTanh() {
        return new Activation(Gelu::geluTanh);
    }

    /** Sigmoid-weighted linear unit. */
    public static Activation silu() {
        return new Activation(Silu::silu);
    }

    /** Smooth rectifier. */
    public static Activation softplus() {
        return new Activation(Softplus::softplus);
    }

    /** Piecewise quadratic approximation of the sigmoid-weighted linear unit. */
    public static Activation hardswish() {
        return new Activation(Hardswish::hardswish);
    }

    @Override
    protected Variable forward(Variable x) {
        return function.apply(x);
    }
}
