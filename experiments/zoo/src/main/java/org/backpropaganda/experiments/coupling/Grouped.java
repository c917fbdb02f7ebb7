package org.backpropaganda.experiments.coupling;

import java.util.Collections;
import java.util.List;
import java.util.stream.LongStream;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Concat;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.block.GroupAdditive;

/**
 * {@code grouped}: {@link GroupAdditive} of as many streams as there are groups, four unless told otherwise, each of an equal
 * share of the channels; a function of each, and the head reads all side by side.
 */
public final class Grouped implements CouplingKind {
    private static final int USUAL = 4;

    @Override
    public String name() {
        return "grouped";
    }

    @Override
    public boolean choosesStreams() {
        return true;
    }

    @Override
    public int streams(Body body) {
        return body.groups() == 0 ? USUAL : body.groups();
    }

    @Override
    public int channels(Body body) {
        return body.width() / streams(body);
    }

    @Override
    public List<Integer> functions(Body body) {
        return Collections.nCopies(streams(body), channels(body));
    }

    @Override
    public Coupling couple(List<Module> functions) {
        return new GroupAdditive(functions);
    }

    @Override
    public List<Variable> enter(Variable x, Body body) {
        long[] shares =
                LongStream.generate(() -> channels(body)).limit(streams(body)).toArray();
        return Slice.split(x, -1, shares);
    }

    @Override
    public Variable leave(List<Variable> groups) {
        return Concat.concat(-1, groups.toArray(Variable[]::new));
    }

    @Override
    public void check(Body body) {
        CouplingKind.super.check(body);
        if (streams(body) < 2) {
            throw new UserException("groups " + body.groups() + " is below 2, and a group is changed by the others");
        }
        if (body.width() % streams(body) != 0) {
            throw new UserException(streams(body) + " groups do not divide the width " + body.width()
                    + "; choose another --groups or --width");
        }
    }
}
