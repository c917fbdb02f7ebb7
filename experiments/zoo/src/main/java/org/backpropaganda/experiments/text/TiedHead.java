package org.backpropaganda.experiments.text;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Linear;

/**
 * Logits as products with the rows of an embedding, which is trained by both: x [..., E] → [..., V]. Source: Press and Wolf 2017,
 * "Using the Output Embedding to Improve Language Models", § 2.
 */
final class TiedHead extends UnaryModule {
    private final Parameter weight;

    /** A head of a table [V, E] that another module has too. */
    TiedHead(Parameter table) {
        weight = register("weight", table);
    }

    /** The table. */
    Parameter weight() {
        return weight;
    }

    @Override
    protected Variable forward(Variable x) {
        return Linear.linear(x, x.tape().parameter(weight));
    }
}
