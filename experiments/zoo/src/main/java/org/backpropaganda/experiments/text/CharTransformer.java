package org.backpropaganda.experiments.text;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.AttentionSettings;
import org.backpropaganda.autograd.nn.Embedding;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.MultiHeadAttention;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.LinearCrossEntropy;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.checkpointing.CheckpointedSequence;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.ReversibleSequence;

/**
 * A transformer that predicts the next character: embeddings, blocks of causal attention with rotary positions and a
 * feed-forward layer behind layer norms, a last norm. Plain and checkpointed blocks are residual; reversible ones are
 * couplings {@code y1 = x1 + attention(x2), y2 = x2 + feed-forward(y1)} of two streams that both start as the embedding
 * and end as their sum. Every block begins as the identity.
 *
 * <p>Sources: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", § 2.3; Su et al. 2021,
 * "RoFormer", § 3.2; Zhang et al. 2019, "Fixup Initialization", § 3; Kitaev et al. 2020, "Reformer", § 3.
 */
final class CharTransformer extends Module {
    /** Layer norms in front of the blocks see the same at any scale; a small one would let the first steps drown it. */
    private static final double EMBEDDING_DEVIATION = 0.3;

    private static final double HEAD_DEVIATION = 0.05;
    private static final double ROTARY_BASE = 10_000;
    private static final int EXPANSION = 4;

    private final Embedding characters;
    private final Module blocks;
    private final LayerNorm norm;
    private final Parameter head;
    private final boolean twoStreams;

    /** How the blocks are trained. */
    enum Memory {
        PLAIN,
        CHECKPOINT,
        REVERSIBLE
    }

    CharTransformer(ParameterFactory factory, int vocabulary, int width, int heads, int depth, Memory memory) {
        characters = register(
                "characters", new Embedding(factory, vocabulary, width, Initializer.normal(EMBEDDING_DEVIATION)));
        AttentionSettings settings = AttentionSettings.heads(heads)
                .forCausal()
                .withRotaryPositions(ROTARY_BASE)
                .withOutput(Initializer.zeros());
        twoStreams = memory == Memory.REVERSIBLE;
        List<Module> residual = new ArrayList<>();
        List<AdditiveCoupling> couplings = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            Module attention =
                    new Sequential(new LayerNorm(factory, width), new MultiHeadAttention(factory, width, settings));
            Module feedForward = new Sequential(
                    new LayerNorm(factory, width),
                    new Linear(
                            factory, width, (long) EXPANSION * width, true, Initializer.normal(1 / Math.sqrt(width))),
                    Activation.geluTanh(),
                    new Linear(factory, (long) EXPANSION * width, width, true, Initializer.zeros()));
            if (twoStreams) {
                couplings.add(new AdditiveCoupling(attention, feedForward));
            } else {
                residual.add(new Sequential(new Residual(attention), new Residual(feedForward)));
            }
        }
        blocks = register(
                "blocks",
                switch (memory) {
                    case PLAIN -> new Sequential(residual);
                    case CHECKPOINT -> new CheckpointedSequence(residual);
                    case REVERSIBLE -> new ReversibleSequence(couplings);
                });
        norm = register("norm", new LayerNorm(factory, width));
        head = register("head", factory.create(Shape.of(vocabulary, width), Initializer.normal(HEAD_DEVIATION)));
    }

    /** Numbers of characters [B, T] of INT → what the head reads, [B, T, width]. */
    @Override
    protected List<Variable> forward(List<Variable> ids) {
        Variable x = characters.call(ids.get(0));
        List<Variable> streams = blocks.call(twoStreams ? List.of(x, x) : List.of(x));
        Variable sum = twoStreams ? Add.addInPlace(streams.get(0), streams.get(1)) : streams.get(0);
        return List.of(norm.call(sum));
    }

    /**
     * Mean cross-entropy, in nats a character.
     *
     * @param read what the head reads, [B, T, width]
     * @param targets [B · T]
     */
    Variable loss(Variable read, Variable targets) {
        return LinearCrossEntropy.linearCrossEntropy(rows(read), read.tape().parameter(head), targets);
    }

    /** Logits [B · T, vocabulary]. */
    Variable logits(Variable read) {
        return org.backpropaganda.autograd.op.Linear.linear(
                rows(read), read.tape().parameter(head));
    }

    private static Variable rows(Variable read) {
        return Reshape.reshape(read, -1, read.shape().dim(-1));
    }
}
