package org.backpropaganda.reversible.ode;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.Trained;
import org.backpropaganda.reversible.Trained.Input;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Difference schemes against their solutions in closed form. */
class StepsTest {
    private static final int STEPS = 20;
    private static final Offset<Double> ROUNDING = Offset.offset(1e-11);

    private static Module times(double factor) {
        return new Activation(x -> Scale.scale(x, factor));
    }

    private static double[] last(Function<Module, Coupling> step, double factor, double first, double second) {
        List<double[]> y = Trained.outputs(
                factory -> new ReversibleSequence(IntStream.range(0, STEPS)
                        .mapToObj(i -> step.apply(times(factor)))
                        .toList()),
                Input.of(Shape.of(1, 1), first),
                Input.of(Shape.of(1, 1), second));
        return y.stream().mapToDouble(each -> each[0]).toArray();
    }

    /** p(j+1) = p(j−1) + 2hλ p(j) is solved by rʲ with r² = 1 + 2hλ r. */
    @Test
    void midpointStepsAreAGeometricSequence() {
        double h = 0.1;
        double lambda = -0.7;
        double r = h * lambda + Math.sqrt(1 + h * h * lambda * lambda);
        assertThat(last(f -> new MidpointCoupling(f, h), lambda, 1, r))
                .containsExactly(new double[] {Math.pow(r, STEPS), Math.pow(r, STEPS + 1)}, ROUNDING);
    }

    /** p(j+1) = 2 p(j) − p(j−1) − h²ω² p(j) is solved by cos(jθ) with 2 cos θ = 2 − h²ω². */
    @Test
    void leapfrogStepsAreAnOscillation() {
        double h = 0.3;
        double omega = 1.4;
        double theta = Math.acos(1 - h * h * omega * omega / 2);
        assertThat(last(f -> new LeapfrogCoupling(f, h), -omega * omega, 1, Math.cos(theta)))
                .containsExactly(new double[] {Math.cos(STEPS * theta), Math.cos((STEPS + 1) * theta)}, ROUNDING);
    }

    /** With K = (1 2; 3 4), b = 0 and σ = id, −KᵀK (1, 1) = −Kᵀ (3, 7). */
    @Test
    void theDenseLayerIsMinusTheTransposeOfWhatItMultipliesBy() {
        List<double[]> y = Trained.outputs(
                factory -> {
                    SymmetricLinear layer = new SymmetricLinear(factory, 2, 2, new Activation(x -> x));
                    layer.parameters().get("weight").value().set(1, 2, 3, 4);
                    return layer;
                },
                Input.of(Shape.of(1, 2), 1, 1));
        assertThat(y.get(0)).containsExactly(-24, -34);
    }

    /** A layer −Kᵀσ(Kx + b) is a gradient, so its Jacobian J is symmetric: with vᵀJ for all v = eᵢ, J = Jᵀ. */
    @Test
    void theJacobianOfALayerOfImagesIsSymmetric() {
        int elements = 3 * 3 * 2;
        double[][] jacobian = new double[elements][];
        double[] x = Input.random(DType.DOUBLE, 5, 1, 3, 3, 2).values();
        double h = 1e-6;
        for (int i = 0; i < elements; i++) {
            double[] up = x.clone();
            double[] down = x.clone();
            up[i] += h;
            down[i] -= h;
            double[] high = image(up);
            double[] low = image(down);
            jacobian[i] = IntStream.range(0, elements)
                    .mapToDouble(j -> (high[j] - low[j]) / (2 * h))
                    .toArray();
        }
        for (int i = 0; i < elements; i++) {
            assertThat(jacobian[i][i]).isNegative();
            for (int j = 0; j < i; j++) {
                assertThat(jacobian[i][j]).isCloseTo(jacobian[j][i], Offset.offset(1e-8));
            }
        }
    }

    private static double[] image(double... values) {
        return Trained.outputs(
                        factory -> new SymmetricConv2d(factory, 2, 3, Window.square(3, 1, 1), Activation.tanh()),
                        Input.of(Shape.of(1, 3, 3, 2), values))
                .get(0);
    }

    @ParameterizedTest
    @ValueSource(doubles = {0, Double.NaN, Double.POSITIVE_INFINITY})
    void aStepThatIsNoneIsRefused(double step) {
        assertThatThrownBy(() -> new MidpointCoupling(times(1), step))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("MidpointCoupling: step size " + step
                        + " leads nowhere; give a finite one other than 0, as 0.1");
        assertThatThrownBy(() -> new LeapfrogCoupling(times(1), step)).hasMessageContaining("LeapfrogCoupling: step");
    }
}
