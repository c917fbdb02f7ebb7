package org.backpropaganda.reversible.block;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.AttentionSettings;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.MultiHeadAttention;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RmsNorm;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Update;

/**
 * A block of a reversible transformer, of two streams [B, T, C]: {@code y1 = x1 + attention(norm(x2)),
 * y2 = x2 + feed-forward(norm(y1))}. Causal attention makes it a decoder's, attention to all an encoder's.
 *
 * <pre>
 * inverse  : x2 = y2 − feed-forward(norm(y1)), x1 = y1 − attention(norm(x2))
 * log |det|: 0
 * cost     : two evaluations of attention and feed-forward in a step of training
 * drift    : that of an additive coupling
 * </pre>
 *
 * <pre>{@code
 * AttentionSettings decoding = AttentionSettings.heads(8).forCausal().withRotaryPositions(10_000);
 * List<Coupling> blocks = Stream.generate(() -> ReversibleTransformerBlock.builder(factory, 512, decoding).build())
 *         .limit(12).collect(toList());
 * ReversibleSequence decoder = new ReversibleSequence(blocks);
 * List<Variable> y = decoder.call(List.of(x, x)); // the embedding twice; the head reads the sum or the mean
 *
 * Coupling encoding = ReversibleTransformerBlock.builder(factory, 512, AttentionSettings.heads(8)).masked().build();
 * List<Variable> z = encoding.call(List.of(x1, x2, mask)); // mask INT [B, T] hides the keys where it is 0
 * }</pre>
 *
 * <p>Sources: Kitaev et al. 2020, "Reformer", § 3; Mangalam et al. 2022, "Reversible Vision Transformers", § 3.2.
 */
public final class ReversibleTransformerBlock extends Coupling {
    private ReversibleTransformerBlock(Module attention, Module feedForward, String... read) {
        super(
                List.of("x1", "x2"),
                List.of(
                        Update.add("x1", attention, read).named("attention"),
                        Update.add("x2", feedForward, "x1").named("feed_forward")));
    }

    /**
     * A block whose feed-forward layer is four times as wide, with a GELU, behind layer norms.
     *
     * @param width C
     * @param settings of the attention
     */
    public static Builder builder(ParameterFactory factory, long width, AttentionSettings settings) {
        return new Builder(factory, width, settings);
    }

    /** What a block is made of. */
    public static final class Builder {
        private static final int EXPANSION = 4;

        private final ParameterFactory factory;
        private final long width;
        private AttentionSettings settings;
        private long hidden;
        private Activation activation = Activation.gelu();
        private Supplier<Module> norm;
        private Initializer contraction = Initializer.glorotUniform();
        private double dropout;
        private boolean masked;
        private UnaryOperator<Module> wrapper = branch -> branch;

        private Builder(ParameterFactory factory, long width, AttentionSettings settings) {
            this.factory = factory;
            this.width = width;
            this.settings = settings;
            this.hidden = EXPANSION * width;
            this.norm = () -> new LayerNorm(factory, width);
        }

        /** The width inside the feed-forward layer. */
        public Builder hidden(long newHidden) {
            if (newHidden < 1) {
                throw new IllegalArgumentException("ReversibleTransformerBlock: a feed-forward layer of width "
                        + newHidden + "; give at least 1, as 4 times the width of the streams");
            }
            hidden = newHidden;
            return this;
        }

        /** The function inside the feed-forward layer. */
        public Builder activation(Activation newActivation) {
            activation = newActivation;
            return this;
        }

        /** Norms by the root mean square instead of layer norms. */
        public Builder rmsNorms() {
            norm = () -> new RmsNorm(factory, width);
            return this;
        }

        /** Dropout of what attention and feed-forward give. */
        public Builder dropout(double probability) {
            dropout = probability;
            return this;
        }

        /** A side input "mask", INT [B, T], that hides the keys where it is 0. */
        public Builder masked() {
            masked = true;
            return this;
        }

        /** Zeros for the weights of both last projections. */
        public Builder startingAsIdentity() {
            settings = settings.withOutput(Initializer.zeros());
            contraction = Initializer.zeros();
            return this;
        }

        /** Something around attention and feed-forward, each with its norm, as a checkpoint. It keeps their names. */
        public Builder wrapping(UnaryOperator<Module> newWrapper) {
            wrapper = newWrapper;
            return this;
        }

        /** The block. */
        public ReversibleTransformerBlock build() {
            Module attention =
                    wrapper.apply(new PreNormed(norm.get(), new MultiHeadAttention(factory, width, settings), dropout));
            Map<String, Module> layers = new LinkedHashMap<>();
            layers.put("expand", new Linear(factory, width, hidden, true, Initializer.glorotUniform()));
            layers.put("activation", activation);
            layers.put("contract", new Linear(factory, hidden, width, true, contraction));
            Module feedForward = wrapper.apply(new PreNormed(norm.get(), new Sequential(layers), dropout));
            return masked
                    ? new ReversibleTransformerBlock(attention, feedForward, "x2", "mask")
                    : new ReversibleTransformerBlock(attention, feedForward, "x2");
        }
    }
}
