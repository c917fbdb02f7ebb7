package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.experiments.UserException;

/** Two streams, each of half the channels, which the head reads side by side; a function of each. */
interface HalvedChannels extends CouplingKind {
    @Override
    default int streams(Body body) {
        return 2;
    }

    @Override
    default int channels(Body body) {
        return body.width() / 2;
    }

    @Override
    default List<Integer> functions(Body body) {
        return List.of(channels(body), channels(body));
    }

    @Override
    default List<Variable> enter(Variable x, Body body) {
        return Slice.split(x, -1, channels(body), channels(body));
    }

    @Override
    default Variable leave(List<Variable> halves) {
        return Concat.concat(-1, halves.get(0), halves.get(1));
    }

    @Override
    default void check(Body body) {
        CouplingKind.super.check(body);
        if (body.width() % 2 != 0) {
            throw new UserException(
                    "width " + body.width() + " is odd, and the coupling " + name() + " halves the channels");
        }
    }
}
