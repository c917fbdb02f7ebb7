package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** Runs one op on a tape: shape, output, kernel, and the saves that it declared. */
final class OpRunner {
    private OpRunner() {}

    static Tape.Applied run(Tape tape, Op op, List<Variable> inputs, boolean wantResults) {
        tape.checkUsable(op.name(), inputs);
        Operands operands = operands(inputs);
        TensorSpec outputSpec = op.infer(operands.specs());
        boolean recorded = operands.needs().contains(true);
        List<Tensor> values = inputs.stream().map(Variable::value).toList();
        Saves saves = op.saves(operands);
        TensorScope scope = tape.scope();
        List<Origin.Made> places = isIdentity(op, operands, outputSpec)
                ? List.of()
                : tape.followers().applied(tape.frame(), op, inputs, outputSpec);
        if (op.isView()) {
            Tensor view = scope.view(values.get(0), outputSpec.shape());
            tape.followers().produced(places, view, List.of());
            Variable output = new Variable(tape, view, recorded ? tape.slot(outputSpec, tape.path()) : null, false);
            if (recorded) {
                tape.record(new OpNode(op, operands, slots(inputs), slotOf(output), tape.path()));
            }
            return new Tape.Applied(output, List.of());
        }
        List<@Nullable Tensor> extras = extras(saves, recorded, scope);
        Tensor result = output(op, inputs, saves, outputSpec, scope);
        if (result.hasValues()) {
            new ForwardCall(scope, values, result, extras).run(op);
        } else {
            WithoutValues.forward(op, scope, values, result, extras);
        }
        Variable output = new Variable(tape, result, recorded ? tape.slot(outputSpec, tape.path()) : null, false);
        if (recorded) {
            OpNode node = new OpNode(op, operands, slots(inputs), slotOf(output), tape.path());
            try {
                save(tape, node, saves, inputs, output, extras);
            } catch (RuntimeException | Error e) {
                node.discard();
                node.destinations().forEach(GradientSlot::writerGone);
                throw e;
            }
            tape.record(node);
        }
        tape.settings().observer().applied(op, operands, outputSpec, tape.path(), tape.isReplay());
        tape.settings().observer().output(op.name(), tape.path(), result, tape.isReplay());
        List<Tensor> results = new ArrayList<>();
        for (int i = 0; i < extras.size(); i++) {
            Tensor extra = extras.get(i);
            if (extra == null) {
                continue;
            }
            if (wantResults && saves.extras().get(i).always()) {
                results.add(extra);
            } else {
                extra.close();
            }
        }
        tape.followers().produced(places, result, results);
        return new Tape.Applied(output, results);
    }

    /** A hold computes nothing, and whether one is taken may depend on whether the tape records. */
    private static boolean isIdentity(Op op, Operands operands, TensorSpec output) {
        return op.isView() && operands.spec(0).equals(output);
    }

    private static Tensor output(Op op, List<Variable> inputs, Saves saves, TensorSpec spec, TensorScope scope) {
        int number = op.overwrites();
        if (number < 0 || !mayOverwrite(inputs, number, saves, spec)) {
            return scope.allocate(spec.shape(), spec.dtype());
        }
        Tensor taken = inputs.get(number).consume(op.name());
        taken.written(op.name());
        return LEDGER.adopt(scope, taken);
    }

    private static boolean mayOverwrite(List<Variable> inputs, int number, Saves saves, TensorSpec spec) {
        Variable input = inputs.get(number);
        return !input.isParameter()
                && input.value().isExclusive()
                && input.value().kind() == MemoryKind.TEMPORARY
                && input.spec().equals(spec)
                && !saves.inputs().contains(number)
                && inputs.stream().filter(other -> other == input).count() == 1;
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

    private static List<@Nullable Tensor> extras(Saves saves, boolean recorded, TensorScope scope) {
        List<@Nullable Tensor> extras = new ArrayList<>(saves.extras().size());
        for (Saves.Extra extra : saves.extras()) {
            boolean wanted = recorded || extra.always();
            extras.add(
                    wanted ? scope.allocate(extra.spec().shape(), extra.spec().dtype(), MemoryKind.TEMPORARY) : null);
        }
        return extras;
    }

    private static void save(
            Tape tape,
            OpNode node,
            Saves saves,
            List<Variable> inputs,
            Variable output,
            List<@Nullable Tensor> extras) {
        for (int number : saves.inputs()) {
            node.saveInput(number, pack(tape, node.label("input " + number), inputs.get(number)));
        }
        if (saves.output()) {
            node.saveOutput(pack(tape, node.label("output"), output));
        }
        for (int i = 0; i < extras.size(); i++) {
            Tensor extra = extras.get(i);
            if (extra != null) {
                String label = node.label(saves.extras().get(i).name());
                node.saveExtra(SavedTensor.pack(label, extra, SavedTensorPolicy.keep(), tape.leases()));
            }
        }
    }

    private static SavedTensor pack(Tape tape, String label, Variable variable) {
        return variable.isParameter()
                ? SavedTensor.parameter(label, variable.value())
                : SavedTensor.pack(label, variable.value(), tape.settings().policy(), tape.leases());
    }

    private static List<@Nullable GradientSlot> slots(List<Variable> inputs) {
        List<@Nullable GradientSlot> slots = new ArrayList<>(inputs.size());
        for (Variable input : inputs) {
            slots.add(input.slot());
        }
        return slots;
    }

    private static GradientSlot slotOf(Variable output) {
        GradientSlot slot = output.slot();
        if (slot == null) {
            throw new IllegalStateException("a recorded output has no gradient slot");
        }
        return slot;
    }
}
