package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.tensor.AllocationWatcher.Phase;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** A recorded call of a segment. What it saved is owned by the tape's leases. */
final class SegmentNode implements Node {
    private final SegmentForward call;
    private final Pullback pullback;
    private final List<Parameter> parameters;
    private final List<@Nullable GradientSlot> inputs;
    private final List<GradientSlot> outputs;
    private final List<GradientSlot> destinations;
    private boolean differentiated;

    /**
     * A call.
     *
     * @param call its forward
     * @param parameters that the segment declares
     * @param destinations the slots that backward may add to
     */
    SegmentNode(
            SegmentForward call,
            Pullback pullback,
            List<Parameter> parameters,
            List<@Nullable GradientSlot> inputs,
            List<GradientSlot> outputs,
            List<GradientSlot> destinations) {
        this.call = call;
        this.pullback = pullback;
        this.parameters = parameters;
        this.inputs = inputs;
        this.outputs = outputs;
        this.destinations = destinations;
    }

    @Override
    @SuppressWarnings("try") // from its begin to its end
    public void backward(Tape tape, boolean retain) {
        if (pullback.needsOutputGradient() && outputs.stream().allMatch(output -> output.value() == null)) {
            if (!retain) {
                discard();
            }
            return;
        }
        differentiated = true;
        checkTrainable();
        if (!call.carriesOn()) {
            tape.settings()
                    .observer()
                    .ranBack(
                            call.name(),
                            outputs.stream().map(GradientSlot::spec).toList(),
                            path());
        }
        try (Watched unused = Watched.begin(tape, call.name(), path(), Phase.BACKWARD);
                TensorScope scope = LEDGER.childAt(tape.home(), path())) {
            SegmentBackward backward = backward(tape, scope, retain);
            try {
                pullback.backward(backward);
            } finally {
                backward.saved().forEach(SavedTensor::discard);
                removeOnce(destinations, backward.completed());
            }
        }
        if (retain) {
            outputs.forEach(GradientSlot::clear);
        } else {
            release();
            outputs.forEach(GradientSlot::drain);
        }
    }

    /** A slot may stand there for an input and for a parameter. */
    private static void removeOnce(List<GradientSlot> from, Set<GradientSlot> completed) {
        if (!completed.isEmpty()) {
            Set<GradientSlot> left = new HashSet<>(completed);
            from.removeIf(left::remove);
        }
    }

    @Override
    public void checkRepeatable() {
        call.checkRepeatable();
        if (differentiated && !pullback.mayRepeat()) {
            throw new IllegalStateException("backward: the segment " + call.name()
                    + (path().isEmpty() ? "" : " in " + path())
                    + " has learned from its gradient already, and cannot be differentiated twice; compute it again");
        }
    }

    private void checkTrainable() {
        call.declared().checkTrainableAsBefore(call.name() + " backward" + (path().isEmpty() ? "" : " in " + path()));
    }

    private SegmentBackward backward(Tape tape, TensorScope scope, boolean looks) {
        return new SegmentBackward(
                tape, call.name(), call.site(), call.declared(), scope, inputs, outputs, destinations, looks);
    }

    @Override
    public void gradient(RecordedBackward pass, Map<GradientSlot, Variable> outputGradients) {
        checkTrainable();
        Tape tape = pass.tape();
        Recorded again = pullback.recompute(backward(tape, LEDGER.childAt(tape.home(), path()), true));
        again.tape().followers().finished(again.results());
        pass.through(again, outputs, outputGradients);
    }

    @Override
    public boolean comesFrom(Set<GradientSlot> slots) {
        Gradients gradients = call.gradients();
        return destinations.stream().anyMatch(slots::contains)
                || gradients.present(parameters).stream().anyMatch(slots::contains)
                || gradients.present(call.declared().others()).stream().anyMatch(slots::contains);
    }

    @Override
    public List<GradientSlot> origins() {
        return outputs;
    }

    @Override
    public String path() {
        return call.site().path();
    }

    @Override
    public List<GradientSlot> destinations() {
        return destinations;
    }

    @Override
    public void discard() {
        outputs.forEach(GradientSlot::drain);
        release();
    }

    private void release() {
        call.discard();
    }
}
