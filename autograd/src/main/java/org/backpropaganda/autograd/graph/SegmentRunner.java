package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Applies one segment on a tape, and records the call where something needs its gradient. */
final class SegmentRunner {
    private SegmentRunner() {}

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
        Segment.Result result = forward(tape, segment, call, destinations);
        tape.values().readInside(declared);
        if (recorded) {
            List<GradientSlot> others = tape.gradients().awaited(declared.others());
            others.forEach(GradientSlot::expectWriter);
            destinations.addAll(others);
        } else if (tape.isRecording() && !declared.others().isEmpty()) {
            throw lost(tape, segment, declared.others());
        }
        if (!call.carriesOn()) {
            tape.settings()
                    .observer()
                    .ran(
                            segment.name(),
                            variables.stream().map(Variable::spec).toList(),
                            result.outputs().stream().map(Tensor::spec).toList(),
                            tape.path(),
                            tape.isReplay());
            tape.followers().segment(tape.frame(), segment.name(), origins, result.outputs());
        }
        List<GradientSlot> slots = new ArrayList<>();
        List<Variable> outputs = outputs(tape, call, result.outputs(), recorded, slots);
        call.ended();
        if (recorded) {
            List<@Nullable GradientSlot> inputs = new ArrayList<>(variables.size());
            for (Variable variable : variables) {
                inputs.add(variable.slot());
            }
            tape.recording().add(new SegmentNode(call, result.pullback(), parameters, inputs, slots, destinations));
        } else {
            call.discard();
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
                slot = tape.values().slot(result.spec());
            }
            if (inside != null) {
                given.put(inside, slot);
            }
            slots.add(slot);
            boolean differentiated = recorded && result.dtype().isDifferentiable();
            outputs.add(new Variable(
                    tape,
                    result,
                    outside != null ? outside.slot() : differentiated ? slot : null,
                    false,
                    Provenance.given(result.spec())));
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
    @SuppressWarnings("try") // from its begin to its end
    private static Segment.Result forward(
            Tape tape, Segment segment, SegmentForward call, List<GradientSlot> destinations) {
        try (Watched unused = Watched.forward(tape, segment.name())) {
            return segment.forward(call);
        } catch (RuntimeException | Error e) {
            call.discard();
            destinations.forEach(GradientSlot::writerGone);
            throw e;
        }
    }
}
