package org.backpropaganda.autograd.op;

import java.util.List;
import java.util.function.LongUnaryOperator;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.DropoutMask;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Zeroes elements at random, or whole channels or images, and scales the others up. The mask is a function of the key:
 * nothing is saved.
 *
 * <pre>
 * y     = x / (1 − p) with probability 1 − p, 0 otherwise
 * shape : x [*] → y [*]
 * saves : nothing
 * vjp   : dx += dy under the same mask
 * </pre>
 *
 * Source: Srivastava et al. 2014, "Dropout", in its inverted form; of channels: Tompson et al. 2015, "Efficient Object
 * Localization", § 3.2; of images: Huang et al. 2016, "Deep Networks with Stochastic Depth", § 3.
 *
 * @param probability of being zeroed, in [0, 1)
 * @param key of the mask
 * @param unit what is zeroed as one
 */
public record Dropout(double probability, long key, Unit unit) implements Elementwise {

    /** What shares one fate. */
    public enum Unit {
        ELEMENT,
        /** Of one image, in x [N, ..., C]. */
        CHANNEL,
        /** All of an image, in x [N, ...]. */
        IMAGE
    }

    /** Of elements. */
    public Dropout(double probability, long key) {
        this(probability, key, Unit.ELEMENT);
    }

    /** Checks the probability. */
    public Dropout {
        Checks.require(
                probability >= 0 && probability < 1, "dropout", "probability " + probability + " is not within [0, 1)");
    }

    /** Dropout under the mask of a key. */
    public static Variable dropout(Variable x, double probability, long key) {
        return x.tape().apply(new Dropout(probability, key), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        TensorSpec x = Elementwise.super.infer(in);
        Checks.require(
                unit == Unit.ELEMENT || x.shape().rank() >= 2, name(), "x " + x.shape() + " must be [N, ..., C]");
        return x;
    }

    @Override
    public void forward(ForwardCall call) {
        apply(call.input(0), call.output());
    }

    @Override
    public void df(BackwardCall call, Tensor dx) {
        apply(call.dy(), dx);
    }

    private void apply(Tensor from, Tensor to) {
        if (unit == Unit.ELEMENT) {
            DropoutMask.apply(key, 1 - probability, from, to);
            return;
        }
        long image = from.elements() / from.shape().dim(0);
        long channels = from.shape().dim(-1);
        LongUnaryOperator number = unit == Unit.IMAGE
                ? element -> element / image
                : element -> element / image * channels + element % channels;
        DropoutMask.apply(key, 1 - probability, number, from, to);
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, call.tape().apply(this, call.dy()));
    }
}
