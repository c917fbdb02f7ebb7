package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

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

    /** Gradients of x (input 0), γ (1) and β (2). */
    static void backward(BackwardCall call, double epsilon, boolean constant, Tensor mean, Tensor variance) {
        Shape channels = mean.shape();
        DType dtype = mean.dtype();
        boolean affine = call.needs(1) || call.needs(2);
        Tensor dGamma = affine ? call.temporary(channels, dtype) : null;
        Tensor dBeta = affine ? call.temporary(channels, dtype) : null;
        Tensor dx = call.reusableDy();
        call.kernels()
                .batchNorm()
                .backward(
                        call.input(0), mean, variance, call.input(1), epsilon, constant, call.dy(), dx, dGamma, dBeta);
        if (dGamma != null && call.needs(1)) {
            call.give(1, dGamma);
        }
        if (dBeta != null && call.needs(2)) {
            call.give(2, dBeta);
        }
        if (call.needs(0)) {
            call.give(0, dx);
        }
    }
}
