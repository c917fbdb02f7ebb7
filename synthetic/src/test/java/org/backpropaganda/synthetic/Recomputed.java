package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;

/** The least that computes its body twice: a silent first run, and a replay in backward. */
final class Recomputed extends Module {
    private final Module body;

    Recomputed(Module body) {
        this.body = register("", body);
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Tape tape = inputs.get(0).tape();
        return tape.isRecording() ? tape.apply(new Twice(), inputs) : body.call(inputs);
    }

    private final class Twice implements Segment {
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
            List<SavedTensor> saved = new ArrayList<>();
            List<Tensor> results = new ArrayList<>();
            try (Tape silent = call.tape(TapeSite.here(trace), TapeMode.SILENT)) {
                List<Variable> inputs = new ArrayList<>();
                for (int i = 0; i < call.inputs(); i++) {
                    saved.add(call.save("input", call.input(i)));
                    inputs.add(call.enter(silent, i));
                }
                body.call(inputs).forEach(result -> results.add(call.leave(result)));
            }
            return new Result(
                    results,
                    backward -> backward.backward(backward.record(TapeSite.again(trace), replay -> {
                        List<Variable> inputs = new ArrayList<>();
                        for (int i = 0; i < saved.size(); i++) {
                            inputs.add(backward.enter(replay, saved.get(i), backward.input(i)));
                        }
                        return body.call(inputs);
                    })));
        }
    }
}
