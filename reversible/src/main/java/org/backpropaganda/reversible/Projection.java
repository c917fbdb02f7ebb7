package org.backpropaganda.reversible;

import java.util.HashSet;
import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.jspecify.annotations.Nullable;

/** Streams brought, when they enter, to where steps that follow need them. The way back leaves them there. */
final class Projection extends Step {
    private final UnaryOperator<Variable> projection;
    private final List<String> streams;

    Projection(UnaryOperator<Variable> projection, List<String> streams) {
        this.projection = projection;
        this.streams = streams;
        if (streams.isEmpty() || new HashSet<>(streams).size() < streams.size()) {
            throw misfit("name one stream or more, and none twice");
        }
    }

    @Override
    List<String> after(List<String> before) {
        streams.forEach(name -> requireStream(before, name));
        return before;
    }

    @Override
    List<String> sources() {
        return List.of();
    }

    @Override
    @Nullable
    Module function() {
        return null;
    }

    @Override
    String functionName() {
        return "";
    }

    @Override
    void forward(Walk walk) {
        streams.forEach(name -> walk.replace(name, projection.apply(walk.value(name))));
    }

    @Override
    void inverse(Walk walk) {}

    @Override
    void reverse(ReverseStep step) {}

    @Override
    public String toString() {
        return streams + " ← projection(" + streams + ")";
    }
}
