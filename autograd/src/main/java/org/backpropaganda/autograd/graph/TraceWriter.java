package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** Writes a trace. */
final class TraceWriter extends Follower {
    TraceWriter(Trace trace, TensorScope home) {
        super(trace, home);
    }

    @Override
    int step(CallFrame frame, TraceEvent event) {
        trace().add(frame.key(), event);
        return trace().events(frame.key()).size() - 1;
    }

    @Override
    int alias(int sameBytes) {
        int number = sameBytes >= 0 ? sameBytes : trace().inputs().size();
        trace().inputs().add(number);
        return number;
    }

    @Override
    Origin.@Nullable Outside outside(CallFrame callee, int number) {
        return null;
    }

    @Override
    void inputValues(int number, TensorSpec spec, long checksum) {
        trace().addInputValues(number, checksum);
    }

    @Override
    void values(CallFrame frame, Origin.Made place, long checksum) {
        trace().addValues(place, checksum);
    }

    @Override
    Tensor state(CallFrame frame, Origin place, Tensor state) {
        trace().keep(place, state);
        return state;
    }

    void left(Variable result) {
        trace().addResult(origins(List.of(result)).get(0), result.spec());
    }
}
