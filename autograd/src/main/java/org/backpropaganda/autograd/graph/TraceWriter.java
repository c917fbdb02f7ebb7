package org.backpropaganda.autograd.graph;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** Writes a trace. */
final class TraceWriter extends Follower {
    private int ops;
    private int opsBefore;
    private @Nullable Origin lastOp;

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
    @Nullable
    Origin firstKnown(CallFrame callee, int number) {
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

    @Override
    Origin.Made applied(CallFrame frame, Op op, List<Variable> inputs, TensorSpec output) {
        Origin.Made place = super.applied(frame, op, inputs, output);
        ops++;
        lastOp = place;
        return place;
    }

    @Override
    void segment(CallFrame frame, String name, List<Origin> inputs, List<Tensor> outputs) {
        super.segment(frame, name, inputs, outputs);
        lastOp = null;
    }

    @Override
    void called(CallFrame caller, CallFrame callee, String name, List<Variable> arguments) {
        super.called(caller, callee, name, arguments);
        if (isOwn(caller)) {
            opsBefore = ops;
        }
    }

    @Override
    void returned(CallFrame callee, List<Variable> results) {
        super.returned(callee, results);
        if (callee.depth() == trace().site().depth() + 1 && results.size() == 1) {
            Origin result = origins(results).get(0);
            if (result.equals(lastOp)) {
                trace().endsWithOp(callee.key(), ops - opsBefore);
            }
        }
    }

    private boolean isOwn(CallFrame frame) {
        return frame.depth() == trace().site().depth();
    }

    void left(Variable result) {
        trace().addResult(origins(List.of(result)).get(0), result.spec());
    }
}
