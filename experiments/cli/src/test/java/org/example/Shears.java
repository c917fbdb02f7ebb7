package org.example;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.Move;
import org.backpropaganda.reversible.Update;

/** A kind of coupling that changes one half of the channels, and then the other under its name. */
public final class Shears implements CouplingKind {
    @Override
    public String name() {
        return "shear";
    }

    @Override
    public int streams(Body body) {
        return 2;
    }

    @Override
    public int channels(Body body) {
        return body.width() / 2;
    }

    @Override
    public List<Integer> functions(Body body) {
        return List.of(channels(body));
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return Coupling.of(List.of("x1", "x2"), Update.add("x1", functions.get(0), "x2"), Move.swap("x1", "x2"));
    }

    @Override
    public List<Variable> enter(Variable x, Body body) {
        return Slice.split(x, -1, channels(body), channels(body));
    }

    @Override
    public Variable leave(List<Variable> streams) {
        return Concat.concat(-1, streams.get(0), streams.get(1));
    }
}
