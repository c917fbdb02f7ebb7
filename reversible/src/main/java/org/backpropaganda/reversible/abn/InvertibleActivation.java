package org.backpropaganda.reversible.abn;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * A monotonic function of one element whose argument can be had back from its value: what may stand behind an in-place
 * norm. ReLU is none, because it makes 0 of everything negative.
 *
 * <pre>{@code
 * InPlaceAbn.builder(factory, 64).activation(InvertibleActivation.elu(1)).build();
 * }</pre>
 */
public sealed interface InvertibleActivation {

    /** y where positive, slope · y elsewhere. */
    static InvertibleActivation leakyRelu(double slope) {
        return new LeakyRelu(slope);
    }

    /** y where positive, α (exp(y) − 1) elsewhere. */
    static InvertibleActivation elu(double alpha) {
        return new Elu(alpha);
    }

    /** y itself: the norm alone. */
    static InvertibleActivation identity() {
        return new Identity();
    }

    /** Makes z of y in its own bytes. */
    void forward(Tensor y);

    /**
     * Has y back.
     *
     * @param z Not modified, unless it is y
     * @param y of its shape and type; may be z itself. Modified
     */
    void inverse(Tensor z, Tensor y);

    /**
     * {@code dy = dz φ'(y)}, told by z alone.
     *
     * @param z,dz Not modified, unless dz is dy
     * @param dy may be dz itself. Modified
     */
    void backward(Tensor z, Tensor dz, Tensor dy);

    /** The activation as an op; y is consumed where nobody else holds it. */
    Variable apply(Variable y);

    /**
     * y where positive, slope · y elsewhere. The derivative at 0 is the slope.
     *
     * @param slope within (0, 1]
     */
    record LeakyRelu(double slope) implements InvertibleActivation {
        /** Checks the slope. */
        public LeakyRelu {
            if (!(slope > 0 && slope <= 1)) {
                throw new IllegalArgumentException("InPlaceAbn: slope " + slope
                        + " is not within (0, 1]: a rectifier that is not invertible loses what backward needs");
            }
        }

        @Override
        public void forward(Tensor y) {
            Kernels.of(y).eltwise().forward(EltwiseKernel.Function.LEAKY_RELU, slope, y, y);
        }

        @Override
        public void inverse(Tensor z, Tensor y) {
            Kernels.of(z).eltwise().forward(EltwiseKernel.Function.LEAKY_RELU, 1 / slope, z, y);
        }

        @Override
        public void backward(Tensor z, Tensor dz, Tensor dy) {
            Kernels.of(z).eltwise().backwardFromOutput(EltwiseKernel.Function.LEAKY_RELU, slope, z, dz, dy);
        }

        @Override
        public Variable apply(Variable y) {
            return org.backpropaganda.autograd.op.LeakyRelu.leakyReluInPlace(y, slope);
        }
    }

    /**
     * y where positive, α (exp(y) − 1) elsewhere. For y far below 0 it is −α to the last bit, whatever y was: then nothing
     * can be had back.
     *
     * @param alpha positive and finite
     */
    record Elu(double alpha) implements InvertibleActivation {
        /** Checks alpha. */
        public Elu {
            if (!(alpha > 0 && alpha <= Double.MAX_VALUE)) {
                throw new IllegalArgumentException("InPlaceAbn: alpha " + alpha
                        + " of ELU is not positive and finite: what is negative could not be had back");
            }
        }

        @Override
        public void forward(Tensor y) {
            Kernels.of(y).eltwise().forward(EltwiseKernel.Function.ELU, alpha, y, y);
        }

        @Override
        public void inverse(Tensor z, Tensor y) {
            HostLoop.map(y, value -> value > 0 ? value : Math.log1p(value / alpha), z);
        }

        @Override
        public void backward(Tensor z, Tensor dz, Tensor dy) {
            Kernels.of(z).eltwise().backwardFromOutput(EltwiseKernel.Function.ELU, alpha, z, dz, dy);
        }

        @Override
        public Variable apply(Variable y) {
            return org.backpropaganda.autograd.op.Elu.elu(y, alpha);
        }
    }

    /** y itself. */
    record Identity() implements InvertibleActivation {
        @Override
        public void forward(Tensor y) {}

        @Override
        public void inverse(Tensor z, Tensor y) {
            copy(z, y);
        }

        @Override
        public void backward(Tensor z, Tensor dz, Tensor dy) {
            copy(dz, dy);
        }

        private static void copy(Tensor from, Tensor to) {
            if (!to.sharesBytesWith(from)) {
                to.copyFrom(from);
            }
        }

        @Override
        public Variable apply(Variable y) {
            return y;
        }
    }
}
