package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

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
        private final List<SavedTensor> saved = new ArrayList<>();
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
            List<Tensor> results = new ArrayList<>();
            try (Tape silent = call.silentTape(trace)) {
                List<Variable> inputs = new ArrayList<>();
                for (int i = 0; i < call.inputs(); i++) {
                    saved.add(call.save("input", call.input(i)));
                    inputs.add(call.enter(silent, i));
                }
                body.call(inputs).forEach(result -> results.add(call.leave(result)));
            }
            return results;
        }

        @Override
        public void backward(SegmentBackward call) {
            try (Tape replay = call.replayTape(Objects.requireNonNull(trace))) {
                List<Variable> inputs = new ArrayList<>();
                for (int i = 0; i < saved.size(); i++) {
                    Tensor input = call.restore(saved.get(i));
                    inputs.add(call.enter(replay, input, call.input(i)));
                    input.close();
                }
                List<Variable> results = body.call(inputs);
                call.backward(replay, results);
            }
        }
    }
}
