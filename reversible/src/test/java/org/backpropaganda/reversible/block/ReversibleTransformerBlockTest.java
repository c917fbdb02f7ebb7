package org.backpropaganda.reversible.block;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.AttentionSettings;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.Trained;
import org.backpropaganda.reversible.Trained.Input;
import org.junit.jupiter.api.Test;

class ReversibleTransformerBlockTest {
    private static final int TOKENS = 5;
    private static final int WIDTH = 4;
    private static final AttentionSettings ENCODING = AttentionSettings.heads(2);
    private static final AttentionSettings DECODING =
            AttentionSettings.heads(2).forCausal().withRotaryPositions(10_000);

    private static List<Coupling> blocks(
            ParameterFactory factory,
            int depth,
            AttentionSettings settings,
            UnaryOperator<ReversibleTransformerBlock.Builder> choices) {
        return Stream.<Coupling>generate(
                        () -> choices.apply(ReversibleTransformerBlock.builder(factory, WIDTH, settings))
                                .build())
                .limit(depth)
                .toList();
    }

    private static Input tokens(DType dtype, long seed) {
        return Input.random(dtype, seed, 2, TOKENS, WIDTH);
    }

    /** Tokens of the first sentence behind the third, and of the second behind the fourth, are padding. */
    private static Input mask() {
        return new Input(DType.INT, Shape.of(2, TOKENS), 1, 1, 1, 0, 0, 1, 1, 1, 1, 0);
    }

    private static double[] changed(double[] values, int from, int to) {
        double[] changed = values.clone();
        Arrays.fill(changed, from, to, 0.123);
        return changed;
    }

    @Test
    void noTokenOfADecoderReadsOnesBehindIt() {
        Input x = tokens(DType.DOUBLE, 1);
        int last = (TOKENS - 1) * WIDTH;
        Input other = new Input(DType.DOUBLE, x.shape(), changed(x.values(), last, last + WIDTH));
        for (AttentionSettings settings : List.of(DECODING, ENCODING)) {
            List<double[]> one = Trained.outputs(
                    factory -> new ReversibleSequence(blocks(factory, 2, settings, block -> block)), x, x);
            List<double[]> two = Trained.outputs(
                    factory -> new ReversibleSequence(blocks(factory, 2, settings, block -> block)), other, other);
            double[] before = Arrays.copyOf(one.get(1), last);
            double[] after = Arrays.copyOf(two.get(1), last);
            if (settings.causal()) {
                assertThat(after).containsExactly(before);
            } else {
                assertThat(after).isNotEqualTo(before);
            }
        }
    }

    @Test
    void noTokenReadsOnesThatTheMaskHides() {
        Input x = tokens(DType.DOUBLE, 1);
        int hidden = 3 * WIDTH;
        Input other = new Input(DType.DOUBLE, x.shape(), changed(x.values(), hidden, TOKENS * WIDTH));
        List<double[]> one = Trained.outputs(
                factory -> new ReversibleSequence(
                        blocks(factory, 2, ENCODING, ReversibleTransformerBlock.Builder::masked)),
                x,
                x,
                mask());
        List<double[]> two = Trained.outputs(
                factory -> new ReversibleSequence(
                        blocks(factory, 2, ENCODING, ReversibleTransformerBlock.Builder::masked)),
                other,
                other,
                mask());
        assertThat(Arrays.copyOf(two.get(1), hidden)).containsExactly(Arrays.copyOf(one.get(1), hidden));
    }

    @Test
    void gradientsUnderAMaskAreThoseOfStoringAndBytesDoNotGrowWithDepth() {
        for (int depth : new int[] {1, 3, 8}) {
            Input[] inputs = {tokens(DType.DOUBLE, 1), tokens(DType.DOUBLE, 2), mask()};
            UnaryOperator<ReversibleTransformerBlock.Builder> choices =
                    block -> block.masked().dropout(0.1);
            Trained reversible =
                    Trained.step(factory -> new ReversibleSequence(blocks(factory, depth, DECODING, choices)), inputs);
            Trained storing =
                    Trained.step(factory -> new Sequential(blocks(factory, depth, DECODING, choices)), inputs);
            assertThat(reversible.gradientError(storing)).as("depth %d", depth).isLessThan(1e-10);
            assertThat(reversible.outputs()).usingRecursiveComparison().isEqualTo(storing.outputs());
            assertThat(reversible.savedBytes())
                    .as("two streams; the mask is an input")
                    .isEqualTo(2 * (2 * TOKENS * WIDTH) * (long) Double.BYTES);
        }
    }

    @Test
    void aBlockMayStartAsTheIdentity() {
        Input x = tokens(DType.DOUBLE, 1);
        List<double[]> y = Trained.outputs(
                factory -> new ReversibleSequence(
                        blocks(factory, 2, DECODING, ReversibleTransformerBlock.Builder::startingAsIdentity)),
                x,
                x);
        assertThat(y.get(0)).containsExactly(x.values());
        assertThat(y.get(1)).containsExactly(x.values());
    }

    @Test
    void parametersHaveNamesThatSayWhatTheyAreOf() {
        assertThat(Trained.step(
                                factory -> ReversibleTransformerBlock.builder(factory, WIDTH, ENCODING)
                                        .build(),
                                tokens(DType.DOUBLE, 1),
                                tokens(DType.DOUBLE, 2))
                        .gradients())
                .containsKeys(
                        "attention.norm.weight",
                        "attention.query.weight",
                        "attention.output.bias",
                        "feed_forward.norm.bias",
                        "feed_forward.expand.weight",
                        "feed_forward.contract.bias");
    }

    @Test
    void aFeedForwardLayerWithoutWidthIsRefused() {
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> ReversibleTransformerBlock.builder(factory, WIDTH, ENCODING)
                                .hidden(0)
                                .build(),
                        tokens(DType.DOUBLE, 1)))
                .hasMessage(
                        "ReversibleTransformerBlock: a feed-forward layer of width 0; give at least 1, as 4 times the"
                                + " width of the streams");
    }
}
