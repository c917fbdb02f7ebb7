package org.backpropaganda.reversible;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.GradientSlot;
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

/** Keeps the outputs of a chain of couplings, and walks back from them. */
final class ReversibleSegment implements Segment {
    private final List<Coupling> couplings;
    private final List<Parameter> parameters;
    private final List<CallSite> sites = new ArrayList<>();
    private @Nullable Trace trace;
    private final List<SavedTensor> saved = new ArrayList<>();

    ReversibleSegment(List<Coupling> couplings, List<Parameter> parameters) {
        this.couplings = couplings;
        this.parameters = parameters;
    }

    @Override
    public String name() {
        return "reversible";
    }

    @Override
    public List<Parameter> parameters() {
        return parameters;
    }

    @Override
    public List<Tensor> forward(SegmentForward call) {
        List<Tensor> results = new ArrayList<>();
        trace = call.trace();
        try (Tape silent = call.silentTape(trace)) {
            List<Variable> inputs = List.of(call.enter(silent, 0), call.enter(silent, 1));
            List<Variable> current = inputs;
            for (Coupling coupling : couplings) {
                sites.add(silent.siteBefore(coupling));
                List<Variable> next = coupling.call(current);
                Sequential.letGo(current, List.of(), next);
                current = next;
            }
            current.forEach(stream -> results.add(call.leave(stream)));
        }
        if (call.isRecorded()) {
            results.forEach(stream -> saved.add(call.save("stream", stream)));
        }
        return results;
    }

    @Override
    public void backward(SegmentBackward call) {
        Tensor[] streams = {call.restore(saved.get(0)), call.restore(saved.get(1))};
        GradientSlot[] gradients = {call.slot(streams[0]), call.slot(streams[1])};
        for (int i = 0; i < 2; i++) {
            move(call.output(i), gradients[i]);
        }
        Trace rounded = requireNonNull(trace).withRounding();
        for (int i = couplings.size() - 1; i >= 0; i--) {
            Coupling coupling = couplings.get(i);
            coupling.reverse(new ReverseStep(call, coupling, rounded, sites.get(i), streams, gradients));
        }
        for (int i = 0; i < 2; i++) {
            streams[i].close();
            move(gradients[i], call.input(i));
        }
    }

    private static void move(GradientSlot from, @Nullable GradientSlot to) {
        Tensor gradient = from.take();
        if (gradient == null) {
            return;
        }
        if (to == null) {
            gradient.close();
        } else {
            to.give(gradient);
        }
    }
}
