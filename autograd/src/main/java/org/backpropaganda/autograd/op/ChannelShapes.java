package org.backpropaganda.autograd.op;

import java.util.List;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** What both forms of batch normalisation share. */
final class ChannelShapes {
    private ChannelShapes() {}

    /** Every input after the first is [C]. */
    static void check(String op, List<TensorSpec> in) {
        Shape channels = Shape.of(in.get(0).shape().dim(-1));
        for (TensorSpec spec : in.subList(1, in.size())) {
            Checks.require(
                    spec.shape().equals(channels),
                    op,
                    "x " + in.get(0).shape() + " has " + channels + " channels, a vector has " + spec.shape());
        }
    }

    /** The output of x [..., C], γ [C], β [C], normalised with the statistics of the batch. */
    static TensorSpec normalised(String op, List<TensorSpec> in) {
        Checks.count(op, in, 3);
        Checks.dtype(op, in);
        Shape x = in.get(0).shape();
        Checks.require(x.rank() >= 2, op, "x " + x + " must be [..., C]");
        Checks.require(
                x.elements() > x.dim(-1),
                op,
                "x " + x + " has one value a channel, whose variance says nothing; use a larger batch");
        check(op, in);
        return in.get(0);
    }

    /** Computes gradients; the last two are null where neither is needed. */
    @FunctionalInterface
    interface Kernel {
        void backward(Tensor dx, @Nullable Tensor dGamma, @Nullable Tensor dBeta);
    }

    /** Gives the gradients of x (input 0), γ (1) and β (2), each vector of γ's shape. */
    static void backward(BackwardCall call, Kernel kernel) {
        Shape channels = call.spec(1).shape();
        DType dtype = call.spec(1).dtype();
        boolean affine = call.needs(1) || call.needs(2);
        Tensor dGamma = affine ? call.temporary(channels, dtype) : null;
        Tensor dBeta = affine ? call.temporary(channels, dtype) : null;
        Tensor dx = call.reusableDy();
        kernel.backward(dx, dGamma, dBeta);
        giveOrClose(call, 1, dGamma);
        giveOrClose(call, 2, dBeta);
        giveOrClose(call, 0, dx);
    }

    /** What was computed beside other gradients, and nobody needs, is freed now. */
    static void giveOrClose(BackwardCall call, int input, @Nullable Tensor gradient) {
        if (gradient != null && call.needs(input)) {
            call.give(input, gradient);
        } else if (gradient != null) {
            gradient.close();
        }
    }

    /** The axes of x [..., C] that statistics of a channel run over. */
    static int[] allButLast(Variable x) {
        return IntStream.range(0, x.shape().rank() - 1).toArray();
    }
}
