package org.backpropaganda.experiments.text;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
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
 * A transformer that predicts the next character: embeddings of characters and places, blocks of causal attention and a
 * feed-forward layer behind layer norms, a last norm. Plain and checkpointed blocks are residual; reversible ones are
 * couplings {@code y1 = x1 + attention(x2), y2 = x2 + feed-forward(y1)} of two streams that both start as the embedding
 * and end as their sum.
 *
 * <p>Sources: Radford et al. 2019, "Language Models are Unsupervised Multitask Learners", § 2.3; Kitaev et al. 2020,
 * "Reformer", § 3.
 */
final class CharTransformer extends Module {
    private static final double DEVIATION = 0.02;
    private static final int EXPANSION = 4;

    private final Embedding characters;
    private final Parameter places;
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

    CharTransformer(
            ParameterFactory factory, int vocabulary, int length, int width, int heads, int depth, Memory memory) {
        characters = register("characters", new Embedding(factory, vocabulary, width, Initializer.normal(DEVIATION)));
        places = register("places", factory.create(Shape.of(length, width), Initializer.normal(DEVIATION)));
        twoStreams = memory == Memory.REVERSIBLE;
        List<Module> residual = new ArrayList<>();
        List<AdditiveCoupling> couplings = new ArrayList<>();
        for (int i = 0; i < depth; i++) {
            Module attention =
                    new Sequential(new LayerNorm(factory, width), new MultiHeadAttention(factory, width, heads, true));
            Module feedForward = new Sequential(
                    new LayerNorm(factory, width),
                    new Linear(factory, width, (long) EXPANSION * width, true, Initializer.normal(DEVIATION)),
                    Activation.geluTanh(),
                    new Linear(factory, (long) EXPANSION * width, width, true, Initializer.normal(DEVIATION)));
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
        head = register("head", factory.create(Shape.of(vocabulary, width), Initializer.normal(DEVIATION)));
    }

    /** Numbers of characters [B, T] of INT → what the head reads, [B · T, width]. */
    @Override
    protected List<Variable> forward(List<Variable> ids) {
        Variable embedded = characters.call(ids.get(0));
        Variable x = Add.addInPlace(embedded.tape().parameter(places), embedded);
        List<Variable> streams = blocks.call(twoStreams ? List.of(x, x) : List.of(x));
        Variable sum = twoStreams ? Add.addInPlace(streams.get(0), streams.get(1)) : streams.get(0);
        Variable y = norm.call(sum);
        return List.of(Reshape.reshape(y, -1, y.shape().dim(-1)));
    }

    /** Mean cross-entropy, in nats a character. */
    Variable loss(Variable ids, Variable targets) {
        return LinearCrossEntropy.linearCrossEntropy(call(ids), ids.tape().parameter(head), targets);
    }

    /** Logits [B · T, vocabulary]. */
    Variable logits(Variable ids) {
        return org.backpropaganda.autograd.op.Linear.linear(
                call(ids), ids.tape().parameter(head));
    }
}
