package org.backpropaganda.experiments.text;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Embedding;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RecurrentSettings;
import org.backpropaganda.autograd.nn.RecurrentState;
import org.backpropaganda.autograd.op.Linear;
import org.backpropaganda.autograd.op.LinearCrossEntropy;
import org.backpropaganda.autograd.op.Reshape;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Layers of long short-term memory that predict the next character, with dropout on what goes up but not on what goes on
 * in time. Source: Zaremba et al. 2014, "Recurrent Neural Network Regularization", § 3.
 */
final class CharLstm extends Module {
    private static final int EMBEDDED = 64;

    private final Embedding characters;
    private final Lstm lstm;
    private final Dropout dropout;
    private final Parameter head;

    /**
     * Layers above one another.
     *
     * @param constant whether the states that a call returns are constants, which truncated backpropagation asks for alone
     */
    CharLstm(ParameterFactory factory, int vocabulary, int width, int depth, double probability, boolean constant) {
        characters = register("characters", new Embedding(factory, vocabulary, EMBEDDED));
        RecurrentSettings settings =
                RecurrentSettings.layers(depth).withDropout(probability).withKeptGates();
        lstm = register(
                "lstm", new Lstm(factory, EMBEDDED, width, constant ? settings.withConstantStates() : settings));
        dropout = register("dropout", new Dropout(probability));
        head = register(
                "head",
                factory.create(Shape.of(vocabulary, width), Initializer.uniform(1 / Math.sqrt((double) width))));
    }

    RecurrentState zeroState(TensorScope scope, long batch) {
        return lstm.zeroState(scope, batch);
    }

    /** Numbers of characters [T, B] of INT, states → what the head reads [T · B, width], states. */
    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        List<Variable> all = new ArrayList<>(inputs);
        all.set(0, characters.call(inputs.get(0)));
        List<Variable> results = new ArrayList<>(lstm.call(all));
        Variable y = dropout.call(results.get(0));
        results.set(0, Reshape.reshape(y, -1, y.shape().dim(-1)));
        return results;
    }

    /** Mean cross-entropy, in nats a character; y is what a call returned first. */
    Variable loss(Variable y, Variable targets) {
        return LinearCrossEntropy.linearCrossEntropy(y, y.tape().parameter(head), targets);
    }

    /** Logits [T · B, vocabulary]. */
    Variable logits(Variable y) {
        return Linear.linear(y, y.tape().parameter(head));
    }
}
