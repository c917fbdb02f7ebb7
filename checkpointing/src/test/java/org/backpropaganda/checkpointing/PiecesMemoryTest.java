package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The bytes of a step through W → H → W with tanh in between, in pieces, told in closed form. */
class PiecesMemoryTest {
    private static final int BATCH = 24;
    private static final int TOKENS = 10;
    private static final int W = 4;
    private static final int H = 32;
    private static final long ELEMENT = 8;

    /** Bytes above what is there before the step. */
    private record Step(long forwardPeak, long saved, long peak) {}

    private static Step step(Engine engine, int tokens, int pieces) {
        try (TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
            Module body = new Sequential(
                    new Linear(factory, W, H, false), Activation.tanh(), new Linear(factory, H, W, false));
            Shape shape = tokens == 0 ? Shape.of(BATCH, W) : Shape.of(BATCH, tokens, W);
            Module module = tokens == 0 ? Pieces.ofBatch(body, pieces) : Pieces.ofTokens(body, pieces);
            Tensor x = root.allocate(shape, DType.DOUBLE, MemoryKind.INPUT).fill(0.5);
            long base = engine.ledger().liveBytes();
            engine.resetPeaks();
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 1)) {
                Variable leaf = tape.leaf(x);
                Variable y = module.call(leaf);
                long forwardPeak = engine.ledger().peakBytes() - base;
                long saved = engine.ledger().liveBytes() - base - y.value().bytes();
                engine.resetPeaks();
                y.release();
                Tensor dy = scope.allocate(shape, DType.DOUBLE).fill(1);
                try (Gradients gradients = tape.backward(List.of(y), List.of(dy))) {
                    assertThat(gradients.parameters()).hasSize(2);
                }
                return new Step(forwardPeak, saved, engine.ledger().peakBytes() - base);
            }
        }
    }

    /**
     * Forward holds the result, and of a piece its input and both sides of tanh. Backward holds both gradients and those of the
     * weights, and of a piece its input, the result of tanh, and the gradients of that and of its own result, as the second layer
     * is differentiated; its result itself is not computed again.
     */
    @ParameterizedTest
    @CsvSource({"0, 2", "0, 3", "0, 5", "0, 24", "10, 2", "10, 3", "10, 10"})
    void whatIsHeldBesidesInputsAndResultsIsOfOnePiece(int tokens, int pieces) {
        long all = tokens == 0 ? BATCH : (long) BATCH * TOKENS;
        long piece = tokens == 0 ? (BATCH + pieces - 1) / pieces : (long) BATCH * ((TOKENS + pieces - 1) / pieces);
        Step expected = new Step(
                ELEMENT * (all * W + piece * (W + 2 * H)),
                0,
                ELEMENT * (2 * all * W + 2 * W * H + piece * 2 * (W + H)));
        try (Engine real = Engine.builder().threads(1).build();
                Engine shapes = Engine.withoutMemory(real)) {
            assertThat(step(shapes, tokens, pieces)).isEqualTo(expected);
            assertThat(step(real, tokens, pieces)).isEqualTo(expected);
        }
    }
}
