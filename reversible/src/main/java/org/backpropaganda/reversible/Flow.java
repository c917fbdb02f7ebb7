package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Scale;

/**
 * Streams, and how much the map that made them of others changes volumes.
 *
 * @param streams side inputs behind them
 * @param logDeterminant log |det| of the map of each sample, [B], where B is the first axis of the first stream
 */
public record Flow(List<Variable> streams, Variable logDeterminant) {
    /** Copies the list. */
    public Flow {
        streams = List.copyOf(streams);
    }

    /** Of results of which the last is the log-determinant. */
    static Flow of(List<Variable> results) {
        int last = results.size() - 1;
        return new Flow(results.subList(0, last), results.get(last));
    }

    Flow negated() {
        return new Flow(streams, Scale.scale(logDeterminant, -1));
    }
}
