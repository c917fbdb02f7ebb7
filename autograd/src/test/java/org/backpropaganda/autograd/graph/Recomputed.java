package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;

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
        @Override
        public String name() {
            return "recomputed";
        }

        @Override
        public List<Parameter> parameters() {
            return body.parameterList();
        }

        @Override
        public Result forward(SegmentForward call) {
            Trace trace = call.trace();
            List<SavedTensor> kept = new ArrayList<>();
            try (Tape silent = call.tape(TapeSite.here(trace), TapeMode.SILENT)) {
                List<Variable> entered = new ArrayList<>();
                for (int i = 0; i < call.inputs(); i++) {
                    entered.add(call.enter(silent, i));
                    if (call.isRecorded()) {
                        kept.add(call.save("input " + i, call.input(i)));
                    }
                }
                List<Tensor> results =
                        body.call(entered).stream().map(call::leave).toList();
                return new Result(results, backward -> again(backward, trace, kept));
            }
        }

        private void again(SegmentBackward call, Trace trace, List<SavedTensor> kept) {
            List<Tensor> restored = kept.stream().map(call::restore).toList();
            call.backward(call.record(TapeSite.again(stale ? trace.withNewerWeights() : trace), replay -> {
                List<Variable> entered = new ArrayList<>();
                for (int i = 0; i < restored.size(); i++) {
                    entered.add(call.enter(replay, restored.get(i), call.input(i)));
                }
                return body.call(entered);
            }));
            restored.forEach(Tensor::close);
        }
    }
}
