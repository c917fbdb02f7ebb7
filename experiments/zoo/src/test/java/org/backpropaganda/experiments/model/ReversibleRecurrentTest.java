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
import java.util.Objects;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code revgru}: bytes to the byte, gradients against the storing twin, and the layer that it is cut out of. */
class ReversibleRecurrentTest {
    private static final int WIDTH = 8;
    private static final int VALUES = SIDE * SIDE * 3;

    private static ModelSpec of(int depth, DType dtype) {
        return spec("revgru", depth, 1, dtype);
    }

    /** The state, whose halves are joined for the head, the pieces of the images, and the probabilities. */
    @ParameterizedTest
    @ValueSource(ints = {1, 8, 32})
    void oneStateIsSavedWhateverTheNumberOfSteps(int depth) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            assertThat(step(of(depth, dtype), "reversible").savedBytes())
                    .as("%s", dtype)
                    .isEqualTo(dtype.bytes(BATCH * (2L * WIDTH + VALUES + 10)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 32})
    void gradientsAndEvaluations(int depth) {
        assertReverses(of(depth, DType.DOUBLE), 1e-12, depth);
        assertReverses(of(depth, DType.FLOAT), 1e-5, depth);
    }

    @Test
    void checkpointsChangeNoBit() {
        assertCheckpointsChangeNoBit(of(4, DType.FLOAT));
    }

    /** The same layer, called on pieces that are put together number by number, zeros behind the last pixel. */
    @ParameterizedTest
    @CsvSource({"4, plain", "4, reversible", "5, plain", "7, checkpoint"})
    void logitsAreThoseOfTheLayerOnTheSamePieces(int steps, String strategy) {
        int piece = (SIDE * SIDE + steps - 1) / steps * 3;
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.inference(scope)) {
            Model model = Model.create(of(steps, DType.DOUBLE), Strategy.parse(strategy), scope, 3);
            Tensor images = SuiteStep.images(scope, DType.DOUBLE);
            double[] pixels = images.toDoubles();
            double[] pieces = new double[steps * BATCH * piece];
            for (int b = 0; b < BATCH; b++) {
                for (int i = 0; i < VALUES; i++) {
                    pieces[(i / piece * BATCH + b) * piece + i % piece] = pixels[b * VALUES + i];
                }
            }
            Module gru = child(child(model.module(), "gru"), "cell");
            Variable state =
                    gru.call(tape.constant(scope.allocate(Shape.of(steps, BATCH, piece), DType.DOUBLE, MemoryKind.INPUT)
                            .set(pieces)));
            assertThat(model.logits(tape.constant(images)).value().toDoubles())
                    .containsExactly(
                            child(model.module(), "head").call(state).value().toDoubles());
        }
    }

    private static Module child(Module module, String name) {
        return Objects.requireNonNull(module.children().get(name));
    }

    /** By hand: for each half, three linear maps of 24 values with bias, two of the other half, one of its reset; a head. */
    @Test
    void weightsAreCounted() {
        assertThat(Fit.weightBytes(of(8, DType.FLOAT)))
                .isEqualTo(4.0 * (2 * (3 * 4 * 24 + 3 * 4 + 2 * 4 * 4 + 4 * 4) + 8 * 10 + 10));
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThatThrownBy(() -> new ModelSpec(
                        "revgru", new ModelSpec.Size(2, 7), 1, new ModelSpec.Images(8, 8, 3, 10), DType.FLOAT))
                .isInstanceOf(UserException.class)
                .hasMessage("width 7 is odd, and a revgru's state has two halves; choose an even one");
        assertThatThrownBy(() -> of(40, DType.FLOAT))
                .isInstanceOf(UserException.class)
                .hasMessage(
                        "depth 40 does not fit revgru: pieces of 2 pixels end before the last steps, since images have"
                                + " 64; choose a depth that divides them, or less");
        assertThatThrownBy(() -> of(65, DType.FLOAT)).hasMessageContaining("pieces of 1 pixel end before");
        assertThatThrownBy(() -> of(2, DType.FLOAT).with(Reversal.of("additive")))
                .hasMessageContaining("coupling additive does not fit revgru");
    }
}
