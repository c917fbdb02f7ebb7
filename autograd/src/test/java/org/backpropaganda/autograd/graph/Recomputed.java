package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** The simplest segment: keeps its inputs, and computes its body again in backward. */
final class Recomputed extends Module {
    private final Module body;
    private final boolean stale;

    Recomputed(Module body) {
        this(body, false);
    }

    /**
     * All choices.
     *
     * @param stale whether it computes again with whatever the weights are by then
     */
    Recomputed(Module body, boolean stale) {
        this.body = register("", body);
        this.stale = stale;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        return inputs.get(0).tape().apply(new Run(), inputs);
    }

    private final class Run implements Segment {
        private final List<SavedTensor> kept = new ArrayList<>();
        private @Nullable Trace trace;

        @Override
        public String name() {
            return "recomputed";
        }

        @Override
        public List<Parameter> parameters() {
            return body.parameterList();
        }

        @Override
        public List<Tensor> forward(SegmentForward call) {
            trace = call.trace();
            try (Tape silent = call.silentTape(trace)) {
                List<Variable> entered = new ArrayList<>();
                for (int i = 0; i < call.inputs(); i++) {
                    entered.add(call.enter(silent, i));
                    if (call.isRecorded()) {
                        kept.add(call.save("input " + i, call.input(i)));
                    }
                }
                return body.call(entered).stream().map(call::leave).toList();
            }
        }

        @Override
        public void backward(SegmentBackward call) {
            if (trace == null) {
                throw new IllegalStateException("backward before forward");
            }
            List<Tensor> restored = kept.stream().map(call::restore).toList();
            try (Tape replay = call.replayTape(stale ? trace.withNewerWeights() : trace)) {
                List<Variable> entered = new ArrayList<>();
                for (int i = 0; i < restored.size(); i++) {
                    entered.add(call.enter(replay, restored.get(i), call.input(i)));
                }
                call.backward(replay, body.call(entered));
            }
            restored.forEach(Tensor::close);
        }
    }
}
