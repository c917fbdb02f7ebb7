package org.backpropaganda.checkpointing;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the inputs of a function and computes it again when its gradient is wanted. The replay draws the same random
 * numbers, has no effects, and adds its gradients in the order of a plain tape: at a fixed thread count every bit is
 * that of plain backpropagation.
 *
 * <p>Source: Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", § 3.
 */
final class CheckpointSegment implements Segment {
    private final UnaryOperator<List<Variable>> body;
    private final List<Parameter> parameters;
    private final List<SavedTensor> saved = new ArrayList<>();
    private @Nullable Trace trace;

    CheckpointSegment(UnaryOperator<List<Variable>> body, List<Parameter> parameters) {
        this.body = body;
        this.parameters = parameters;
    }

    @Override
    public String name() {
        return "checkpoint";
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public List<Tensor> forward(SegmentForward call) {
        if (call.isRecorded()) {
            for (int i = 0; i < call.inputs(); i++) {
                saved.add(call.saveInput(i));
            }
        }
        List<Tensor> results = new ArrayList<>();
        trace = call.trace();
        try (Tape silent = call.silentTape(trace)) {
            List<Variable> inputs = new ArrayList<>();
            for (int i = 0; i < call.inputs(); i++) {
                inputs.add(call.enter(silent, i));
            }
            body.apply(inputs).forEach(result -> results.add(call.leave(result)));
        }
        return results;
    }

    @Override
    public void backward(SegmentBackward call) {
        try (Tape replay = call.replayTape(requireNonNull(trace))) {
            List<Variable> inputs = new ArrayList<>();
            for (int i = 0; i < saved.size(); i++) {
                inputs.add(call.enter(replay, saved.get(i), call.input(i)));
            }
            List<Variable> results = body.apply(inputs);
            Sequential.letGo(inputs, List.of(), results);
            call.backward(replay, results);
        }
    }
}
