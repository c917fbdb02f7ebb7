package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** A recorded segment. What it leased lies in its own fields and is owned by the tape's leases. */
final class SegmentNode implements Node {
    private final Segment segment;
    private final List<@Nullable GradientSlot> inputs;
    private final List<GradientSlot> outputs;
    private final List<GradientSlot> destinations;
    private final Kept kept;
    private final Declared declared;
    private final Gradients gradients;
    private final String path;

    private SegmentNode(
            Segment segment,
            List<@Nullable GradientSlot> inputs,
            List<GradientSlot> outputs,
            List<GradientSlot> destinations,
            Kept kept,
            Declared declared,
            Gradients gradients,
            String path) {
        this.segment = segment;
        this.inputs = inputs;
        this.outputs = outputs;
        this.destinations = destinations;
        this.kept = kept;
        this.declared = declared;
        this.gradients = gradients;
        this.path = path;
    }

    static List<Variable> run(Tape tape, Segment segment, List<Variable> variables) {
        tape.checkUsable(segment.name(), variables);
        List<Parameter> parameters = segment.parameters();
        boolean recorded = tape.isRecording()
                && (variables.stream().anyMatch(Variable::requiresGradient)
                        || parameters.stream().anyMatch(Parameter::isTrainable));
        List<GradientSlot> destinations = recorded ? destinations(tape, parameters, variables) : new ArrayList<>();
        destinations.forEach(GradientSlot::expectWriter);
        Declared declared = new Declared(parameters);
        List<List<Origin>> origins = tape.followers().origins(variables);
        SegmentForward call = new SegmentForward(tape, segment.name(), variables, recorded, declared);
        List<Tensor> results = forward(segment, call, destinations);
        if (recorded) {
            List<GradientSlot> others = tape.gradients().awaited(declared.others());
            others.forEach(GradientSlot::expectWriter);
            destinations.addAll(others);
        } else if (tape.isRecording() && !declared.others().isEmpty()) {
            throw lost(tape, segment, declared.others());
        }
        if (!call.carriesOn()) {
            tape.followers().segment(tape.frame(), segment.name(), origins, results);
        }
        List<GradientSlot> slots = new ArrayList<>();
        List<Variable> outputs = outputs(tape, call, results, recorded, slots);
        if (recorded) {
            List<@Nullable GradientSlot> inputs = new ArrayList<>(variables.size());
            for (Variable variable : variables) {
                inputs.add(variable.slot());
            }
            tape.record(new SegmentNode(
                    segment, inputs, slots, destinations, call.kept(), declared, tape.gradients(), tape.path()));
        } else {
            call.kept().releaseStates();
        }
        return outputs;
    }

    /**
     * The results on the tape. As on a plain tape, gradients of an input that passed through gather with the input, and
     * those of a variable that was returned twice gather once: sums keep their order.
     *
     * @param slots takes up those that backward finds gradients of outputs in
     */
    private static List<Variable> outputs(
            Tape tape, SegmentForward call, List<Tensor> results, boolean recorded, List<GradientSlot> slots) {
        IdentityHashMap<Variable, GradientSlot> given = new IdentityHashMap<>();
        List<Variable> outputs = new ArrayList<>(results.size());
        for (Tensor result : results) {
            Variable inside = call.inside(result);
            Variable outside = inside == null ? null : call.outside(inside);
            GradientSlot slot = inside == null ? null : given.get(inside);
            if (slot == null) {
                slot = tape.slot(result.spec(), tape.path());
            }
            if (inside != null) {
                given.put(inside, slot);
            }
            slots.add(slot);
            boolean differentiated = recorded && result.dtype().isDifferentiable();
            outputs.add(
                    new Variable(tape, result, outside != null ? outside.slot() : differentiated ? slot : null, false));
        }
        return outputs;
    }

    /** Too late to record: what was not expected to need a gradient kept nothing. */
    private static IllegalStateException lost(Tape tape, Segment segment, List<Parameter> others) {
        return new IllegalStateException(segment.name() + (tape.path().isEmpty() ? "" : " in " + tape.path())
                + ": reads parameters that it does not declare, " + others
                + ", and nothing else in it needs a gradient, so theirs would be lost; register them in what it runs");
    }

    /** Where a segment's backward adds to. Known before its forward, which may differentiate some of it already. */
    private static List<GradientSlot> destinations(Tape tape, List<Parameter> parameters, List<Variable> variables) {
        List<GradientSlot> all = new ArrayList<>(tape.gradients().awaited(parameters));
        for (Variable variable : variables) {
            GradientSlot slot = variable.slot();
            if (slot != null) {
                all.add(slot);
            }
        }
        return all;
    }

    /** What was saved before a failure goes with it. */
    private static List<Tensor> forward(Segment segment, SegmentForward call, List<GradientSlot> destinations) {
        try {
            return segment.forward(call);
        } catch (RuntimeException | Error e) {
            call.kept().discard();
            destinations.forEach(GradientSlot::writerGone);
            throw e;
        }
    }

    @Override
    public void backward(Tape tape) {
        if (segment.needsOutputGradient() && outputs.stream().allMatch(output -> output.value() == null)) {
            discard();
            return;
        }
        declared.checkTrainableAsBefore(segment.name() + " backward" + (path.isEmpty() ? "" : " in " + path));
        try (TensorScope scope = LEDGER.childAt(tape.home(), path)) {
            segment.backward(new SegmentBackward(tape, scope, inputs, outputs, declared));
        }
        kept.releaseStates();
        outputs.forEach(GradientSlot::drain);
    }

    @Override
    public void gradient(RecordedBackward pass, Map<GradientSlot, Variable> outputGradients) {
        throw new IllegalStateException("differentiate: the segment " + segment.name()
                + (path.isEmpty() ? "" : " in " + path)
                + " has a backward of its own, which cannot be recorded; use the plain form of what it computes");
    }

    @Override
    public boolean comesFrom(Set<GradientSlot> slots) {
        return destinations.stream().anyMatch(slots::contains)
                || gradients.present(segment.parameters()).stream().anyMatch(slots::contains)
                || gradients.present(declared.others()).stream().anyMatch(slots::contains);
    }

    @Override
    public List<GradientSlot> origins() {
        return outputs;
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public List<GradientSlot> destinations() {
        return destinations;
    }

    @Override
    public void discard() {
        outputs.forEach(GradientSlot::drain);
        kept.discard();
    }
}
