package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** Applies one op on a tape: shape, computation, the saves that it declared, and all that want to know of it. */
final class OpRunner {
    private static final List<String> INPUTS = List.of("input 0", "input 1", "input 2", "input 3");

    private OpRunner() {}

    @SuppressWarnings("try") // from its begin to its end
    static Tape.Applied run(Tape tape, Op op, List<Variable> inputs, boolean wantResults) {
        tape.checkUsable(op.name(), inputs);
        try (Watched unused = Watched.forward(tape, op.name())) {
            return runWatched(tape, op, inputs, wantResults);
        }
    }

    private static Tape.Applied runWatched(Tape tape, Op op, List<Variable> inputs, boolean wantResults) {
        Operands operands = operands(inputs);
        TensorSpec spec = op.infer(operands.specs());
        boolean recorded = operands.needs().contains(true);
        boolean view = op.isView();
        Saves saves = view ? Saves.none() : op.saves(operands);
        // A hold computes nothing, and whether one is taken may depend on whether the tape records.
        List<Origin.Made> places = view && operands.spec(0).equals(spec)
                ? List.of()
                : tape.followers().applied(tape.frame(), op, inputs, spec);
        if (recorded
                && !view
                && !saves.output()
                && saves.extras().isEmpty()
                && tape.followers().endsReplay()) {
            tape.calls().checkReplayed();
            throw new AllSaved(recordedAlone(tape, op, operands, saves, inputs, spec));
        }
        Provenance provenance = tape.isRecording() ? Provenance.made(tape, op, inputs, spec) : null;
        OpComputation computed = view
                ? OpComputation.view(inputs.get(0), spec, tape.scope())
                : OpComputation.run(op, inputs, saves, recorded, spec, tape.scope());
        GradientSlot slot = recorded ? tape.values().slot(spec) : null;
        Variable output = new Variable(tape, computed.output(), slot, false, provenance);
        if (slot != null) {
            record(
                    tape,
                    new OpNode(op, operands, slots(inputs), slot, tape.path()),
                    saves,
                    inputs,
                    output,
                    computed.extras());
        }
        if (!view) {
            tape.settings().observer().applied(op, operands, spec, tape.path(), tape.isReplay());
            tape.settings().observer().output(op.name(), tape.path(), output.value(), tape.isReplay());
        }
        List<Tensor> results = computed.results(saves, wantResults);
        tape.followers().produced(places, output.value(), results);
        if (!view) {
            tape.followers().computed(tape.frame(), places, output.value(), results);
        }
        return new Tape.Applied(output, results);
    }

    /** Records an op whose result nobody reads, and does not run it. */
    private static Variable recordedAlone(
            Tape tape, Op op, Operands operands, Saves saves, List<Variable> inputs, TensorSpec spec) {
        GradientSlot slot = tape.values().slot(spec);
        Variable output = Variable.withoutValue(tape, spec, slot);
        record(tape, new OpNode(op, operands, slots(inputs), slot, tape.path()), saves, inputs, output, List.of());
        return output;
    }

    private static Operands operands(List<Variable> inputs) {
        List<TensorSpec> specs = new ArrayList<>(inputs.size());
        List<Boolean> needs = new ArrayList<>(inputs.size());
        for (Variable input : inputs) {
            specs.add(input.spec());
            needs.add(input.requiresGradient());
        }
        return new Operands(specs, needs);
    }

    private static void record(
            Tape tape,
            OpNode node,
            Saves saves,
            List<Variable> inputs,
            Variable output,
            List<@Nullable Tensor> extras) {
        try {
            save(tape, node, saves, inputs, output, extras);
        } catch (RuntimeException | Error e) {
            node.discard();
            node.destinations().forEach(GradientSlot::writerGone);
            throw e;
        }
        tape.recording().add(node);
    }

    private static void save(
            Tape tape,
            OpNode node,
            Saves saves,
            List<Variable> inputs,
            Variable output,
            List<@Nullable Tensor> extras) {
        Saver saver = tape.saver();
        for (int number : saves.inputs()) {
            node.saved().add(number, saver.variable(tape.frame(), node.op(), label(number), inputs.get(number)));
        }
        if (saves.output()) {
            node.saved().add(SavedSet.OUTPUT, saver.variable(tape.frame(), node.op(), "output", output));
        }
        for (int i = 0; i < extras.size(); i++) {
            Tensor extra = extras.get(i);
            if (extra != null) {
                String label = saves.extras().get(i).name();
                SavedTensor saved = saver.extra(tape.frame(), node.op(), label, extra);
                node.saved().add(SavedSet.extra(i), saved);
                if (output.provenance() != null && node.op().recalls().contains(i)) {
                    output.provenance().keptExtraAs(i, saved);
                }
            }
        }
    }

    private static String label(int input) {
        return input < INPUTS.size() ? INPUTS.get(input) : "input " + input;
    }

    private static List<@Nullable GradientSlot> slots(List<Variable> inputs) {
        List<@Nullable GradientSlot> slots = new ArrayList<>(inputs.size());
        for (Variable input : inputs) {
            slots.add(input.slot());
        }
        return slots;
    }
}
