package org.backpropaganda.experiments.text;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.AttentionSettings;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Embedding;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.LearntEncoding;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.PreNormBlock;

/**
 * GPT-2, a transformer that predicts the next token of a text: an embedding of tokens and one of positions, blocks of causal
 * attention and of a feed-forward layer four times as wide, each behind a layer norm and beside a shortcut, a last norm, and logits
 * by the embedding of the tokens once more.
 *
 * <pre>{@code
 * try (Engine engine = Engine.withoutMemory()) {
 *     Chain model = Gpt2.small().describe(new ParameterFactory(engine.scope(""), DType.FLOAT, 0));
 *     TensorSpec tokens = new TensorSpec(Shape.of(8, 1024), DType.INT);
 *     ModelSummary step = ModelSummary.of(TokenLoss.ofLogits(model.build()), List.of(tokens, tokens));
 * }
 * }</pre>
 *
 * <p>Sources: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", § 2.3, and the code published with it;
 * Radford et al. 2018, "Improving Language Understanding by Generative Pre-Training", § 4.1, for GELU and the deviation 0.02 of
 * weights. What is added to shortcuts starts by 1/√(2 · depth) smaller. Deviations: the weights of attention are not dropped, since
 * they are never stored; projections to queries, keys and values are drawn by {@link Initializer#glorotUniform()}.
 *
 * @param vocabulary V, how many tokens there are
 * @param positions the most tokens of a sequence
 * @param width numbers of a token between blocks
 * @param depth blocks
 * @param heads of attention in a block, which share the width evenly
 * @param dropout the probability that a number of the embedding, or of what is added to a shortcut, is zeroed in training
 */
public record Gpt2(int vocabulary, int positions, int width, int depth, int heads, double dropout) {
    private static final double DEVIATION = 0.02;
    private static final double POSITION_DEVIATION = 0.01;
    private static final int SEQUENCES = 3;

    /**
     * Checks the sizes.
     *
     * @throws UserException that says which cannot be
     */
    public Gpt2 {
        requirePositive("vocabulary", vocabulary);
        requirePositive("positions", positions);
        requirePositive("width", width);
        requirePositive("depth", depth);
        requirePositive("heads", heads);
        require(
                width % heads == 0,
                heads + " heads do not divide the width " + width + " of gpt2; choose a multiple of " + heads);
        require(dropout >= 0 && dropout < 1, "dropout " + dropout + " of gpt2 is not within 0 and 1, 1 not included");
    }

    private static void requirePositive(String what, int value) {
        require(value >= 1, what + " " + value + " of gpt2 is below 1");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new UserException(message);
        }
    }

    /** The smallest of the published models, of 124,439,808 parameters, without dropout. */
    public static Gpt2 small() {
        return new Gpt2(50_257, 1024, 768, 12, 12, 0);
    }

    /** The same sizes with another dropout; the published one is 0.1. */
    public Gpt2 withDropout(double probability) {
        return new Gpt2(vocabulary, positions, width, depth, heads, probability);
    }

    /**
     * Makes the layers, and says how they stand together: {@code tokens}, {@code positions}, {@code blocks}, {@code norm} and
     * {@code head}, of which the first and the last have one parameter.
     *
     * @return tokens [B, T] of INT in [0, V), T at most the positions → logits [B, T, V]
     */
    public Chain describe(ParameterFactory factory) {
        Embedding tokens = new Embedding(factory, vocabulary, width, Initializer.normal(DEVIATION));
        Chain embedded = Chain.empty()
                .with("tokens", tokens)
                .with(
                        "positions",
                        new LearntEncoding(factory, positions, width, Initializer.normal(POSITION_DEVIATION)));
        return (dropout == 0 ? embedded : embedded.with("dropout", new Dropout(dropout)))
                .with("blocks", new Run(blocks(factory), new Cut(SEQUENCES, block -> width, vocabulary)))
                .with("norm", new LayerNorm(factory, width))
                .with("head", new TiedHead(tokens.weight()));
    }

    private List<Part> blocks(ParameterFactory factory) {
        Initializer added = Initializer.normal(DEVIATION / Math.sqrt(2.0 * depth));
        AttentionSettings attention = AttentionSettings.heads(heads).forCausal().withOutput(added);
        PreNormBlock block = new PreNormBlock(width, attention, Initializer.normal(DEVIATION), added, dropout);
        List<Part> blocks = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            blocks.add(block.describe(factory));
        }
        return blocks;
    }
}
