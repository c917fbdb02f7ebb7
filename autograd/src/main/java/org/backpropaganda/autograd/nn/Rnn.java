package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Rnn.Nonlinearity;

/** Layers of plain recurrent cells; the state is h. See {@link RecurrentModule} and the op of this name. */
public final class Rnn extends RecurrentModule {
    private final Nonlinearity nonlinearity;

    /** One layer with tanh. */
    public Rnn(ParameterFactory factory, long inputs, long width) {
        this(factory, inputs, width, Nonlinearity.TANH, RecurrentSettings.ONE_LAYER);
    }

    /** Layers put together as {@code settings} say. */
    public Rnn(
            ParameterFactory factory, long inputs, long width, Nonlinearity nonlinearity, RecurrentSettings settings) {
        super(factory, inputs, width, 1, 1, settings);
        this.nonlinearity = nonlinearity;
    }

    @Override
    List<Variable> run(Variable x, List<Variable> before, boolean last, Variable... weights) {
        return List.of(org.backpropaganda.autograd.op.Rnn.rnn(x, before.get(0), nonlinearity, weights));
    }
}
