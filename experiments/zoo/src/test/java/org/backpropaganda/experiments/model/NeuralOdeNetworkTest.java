package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.experiments.model.SuiteStep.BATCH;
import static org.backpropaganda.experiments.model.SuiteStep.SIDE;
import static org.backpropaganda.experiments.model.SuiteStep.assertCheckpointsChangeNoBit;
import static org.backpropaganda.experiments.model.SuiteStep.assertReverses;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;

import java.util.List;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code neuralode}: bytes to the byte, gradients against the storing twin, and a field whose solution is known. */
class NeuralOdeNetworkTest {
    private static final int WIDTH = 8;

    private static ModelSpec of(int depth, DType dtype) {
        return spec("neuralode", depth, 1, dtype);
    }

    /** Both streams of the solver, the means, and the probabilities. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 32})
    void twoStatesAreSavedWhateverTheNumberOfSteps(int depth) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            assertThat(step(of(depth, dtype), "reversible").savedBytes())
                    .as("%s", dtype)
                    .isEqualTo(dtype.bytes(BATCH * (2L * SIDE * SIDE * WIDTH + WIDTH + 10)));
        }
    }

    /** What each evaluation of the field keeps: its input and its tanh; the last means and probabilities. */
    @Test
    void theStoringTwinKeepsEveryEvaluation() {
        long state = BATCH * SIDE * SIDE * WIDTH;
        long more = step(of(9, DType.FLOAT), "plain").savedBytes()
                - step(of(8, DType.FLOAT), "plain").savedBytes();
        assertThat(more).isEqualTo(DType.FLOAT.bytes(2 * state));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 32})
    void gradientsAndEvaluations(int depth) {
        assertThat(of(depth, DType.DOUBLE).blocks()).isEqualTo(depth + 1);
        assertReverses(of(depth, DType.DOUBLE), 1e-12, depth + 1);
        assertReverses(of(depth, DType.FLOAT), 1e-5, depth + 1);
    }

    @Test
    void checkpointsChangeNoBit() {
        assertCheckpointsChangeNoBit(of(4, DType.FLOAT));
    }

    @Test
    void anchorsAreKept() {
        ModelSpec spec = of(8, DType.FLOAT);
        long kept = step(spec.with(new Reversal(null, 0, 4)), "reversible").savedBytes()
                - step(spec, "reversible").savedBytes();
        assertThat(kept).isEqualTo(2 * DType.FLOAT.bytes(2L * BATCH * SIDE * SIDE * WIDTH));
    }

    /** By hand: a stem, two convolutions, a head. */
    @ParameterizedTest
    @ValueSource(ints = {1, 100})
    void weightsDoNotGrowWithTheNumberOfSteps(int depth) {
        assertThat(Fit.weightBytes(of(depth, DType.FLOAT)))
                .isEqualTo(4.0 * (9 * 3 * 8 + 8 + 2 * (9 * 8 * 8 + 8) + 8 * 10 + 10));
    }

    /** With f(y) = λy, but for tanh, which is the identity near zero, the solution at time 1 is exp(λ) y. */
    @Test
    void logitsAreThoseOfTheSolutionAtTimeOne() {
        double lambda = 0.7;
        double[] still = logits(0);
        double[] grown = logits(lambda);
        for (int i = 0; i < still.length; i++) {
            assertThat(grown[i] / still[i]).isCloseTo(Math.exp(lambda), Offset.offset(1e-3));
        }
    }

    private static double[] logits(double lambda) {
        double small = 1e-4;
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.inference(scope)) {
            Model model = Model.create(of(32, DType.DOUBLE), Strategy.parse("reversible"), scope, 3);
            set(model.parameters().get("ode.field.conv1.weight").value(), small);
            set(model.parameters().get("ode.field.conv2.weight").value(), lambda / small);
            return model.logits(tape.constant(SuiteStep.images(scope, DType.DOUBLE)))
                    .value()
                    .toDoubles();
        }
    }

    /** A convolution that scales. */
    private static void set(Tensor weight, double scale) {
        int centre = 4;
        double[] values = new double[WIDTH * WIDTH * 9];
        for (int channel = 0; channel < WIDTH; channel++) {
            values[(channel * WIDTH + channel) * 9 + centre] = scale;
        }
        weight.set(values);
    }

    @Test
    void itsCouplingsAreItsOwn() {
        assertThatThrownBy(() -> of(2, DType.FLOAT).with(Reversal.of("midpoint")))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("coupling midpoint does not fit neuralode");
    }
}
