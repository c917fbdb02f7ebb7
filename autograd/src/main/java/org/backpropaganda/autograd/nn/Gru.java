package org.backpropaganda.autograd.nn;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;

/** Layers of gated recurrent units; the state is h. See {@link RecurrentModule} and the op of this name. */
public final class Gru extends RecurrentModule {

    /** One layer. */
    public Gru(ParameterFactory factory, long inputs, long width) {
        this(factory, inputs, width, RecurrentSettings.ONE_LAYER);
    }

    /** Layers put together as {@code settings} say. */
    public Gru(ParameterFactory factory, long inputs, long width, RecurrentSettings settings) {
        super(factory, inputs, width, 3, 1, settings);
    }

    @Override
    List<Variable> run(Variable x, List<Variable> before, boolean last, Variable... weights) {
        return List.of(org.backpropaganda.autograd.op.Gru.gru(x, before.get(0), weights));
    }
}
