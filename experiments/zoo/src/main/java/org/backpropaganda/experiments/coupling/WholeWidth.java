package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Identity;

/**
 * Two streams of all channels, the state of a step and of the one before it, both of which begin as the input; the head reads
 * the later one. One function of all channels, so twice the streams' bytes of a kind that halves the channels.
 */
interface WholeWidth extends CouplingKind {
    @Override
    default int streams(Body body) {
        return 2;
    }

    @Override
    default int channels(Body body) {
        return body.width();
    }

    @Override
    default List<Integer> functions(Body body) {
        return List.of(body.width());
    }

    @Override
    default List<Variable> enter(Variable x, Body body) {
        return List.of(x, Identity.hold(x));
    }

    @Override
    default Variable leave(List<Variable> streams) {
        return streams.get(1);
    }
}
