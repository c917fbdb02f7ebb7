package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.ListIterator;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * A backward pass that is itself recorded: the nodes stay, what they saved stays, and gradients are variables. Only what
 * leads from the wanted inputs to the outputs is differentiated.
 */
final class RecordedBackward {
    private final Tape tape;
    private final TensorScope results;
    private final List<Variable> inputs;
    private final Set<GradientSlot> wanted = new HashSet<>();
    private final Set<GradientSlot> asked = new HashSet<>();
    private final Map<GradientSlot, Variable> gradients = new HashMap<>();
    private final Map<GradientSlot, Variable> answers = new HashMap<>();

    RecordedBackward(Tape tape, List<Variable> inputs) {
        checkRecording(tape);
        this.tape = tape;
        this.results = tape.scope();
        this.inputs = inputs;
        for (int i = 0; i < inputs.size(); i++) {
            GradientSlot slot = inputs.get(i).slot();
            if (slot == null) {
                throw new IllegalStateException("differentiate: input " + i + ", "
                        + inputs.get(i).spec() + ", is a constant; make it a leaf or a parameter");
            }
            wanted.add(slot);
            asked.add(slot);
        }
    }

    private static void checkRecording(Tape tape) {
        if (!tape.isRecording()) {
            throw new IllegalStateException(
                    tape.isDifferentiating()
                            ? "differentiate: a segment that records nothing in its first run calls this;"
                                    + " use the plain form of what the segment computes"
                            : "differentiate: the tape does not record");
        }
    }

    /** Differentiates a scalar with respect to {@code inputs}; returns their gradients, which the running call owns. */
    static List<Variable> ofScalar(Tape tape, Variable loss, List<Variable> inputs) {
        OutputChecks.scalar("differentiate", loss);
        Tensor value = tape.home().allocate(loss.shape(), loss.dtype()).fill(1);
        Variable one = tape.constant(value);
        value.close();
        try {
            return tape.differentiate(List.of(loss), List.of(one), inputs);
        } finally {
            one.release();
        }
    }

    /** Differentiates the outputs; returns the gradients of the inputs, which the running call owns. */
    List<Variable> run(List<Variable> outputs, List<Variable> seeds) {
        List<Node> nodes = tape.recording().nodes();
        OutputChecks.pairs(
                "differentiate", outputs, seeds.stream().map(Variable::spec).toList());
        want(nodes);
        for (int i = 0; i < outputs.size(); i++) {
            GradientSlot slot = outputs.get(i).slot();
            if (slot != null && wanted.contains(slot)) {
                add(slot, seeds.get(i));
            }
        }
        walk(nodes);
        answers.putAll(gradients);
        List<Variable> found = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            Variable answer = answers.get(inputs.get(i).slot());
            if (answer == null) {
                throw new IllegalStateException(
                        "differentiate: input " + i + ", " + inputs.get(i).spec() + ", does not lead to the outputs");
            }
            found.add(answer);
        }
        return found;
    }

    /** Whatever leads from what is wanted is wanted too. */
    private void want(List<Node> nodes) {
        for (Node node : nodes) {
            if (node.comesFrom(wanted)) {
                wanted.addAll(node.origins());
            }
        }
    }

    private void walk(List<Node> nodes) {
        ListIterator<Node> back = nodes.listIterator(nodes.size());
        while (back.hasPrevious()) {
            Node node = back.previous();
            if (node.comesFrom(wanted) && node.origins().stream().anyMatch(gradients::containsKey)) {
                differentiate(node);
            }
        }
    }

    /**
     * Differentiates a segment through its function written with ops, which stay on the tape: what is computed from the
     * gradients may be differentiated through them.
     *
     * @param function on a tape that ends with this
     * @param outputs the slots of the segment's outputs
     */
    void through(Recorded function, List<GradientSlot> outputs, Map<GradientSlot, Variable> outputGradients) {
        List<Node> nodes = function.tape().graftOnto(tape);
        function.letGo();
        want(nodes);
        Set<GradientSlot> seeded = new HashSet<>();
        for (int i = 0; i < outputs.size(); i++) {
            Variable gradient = outputGradients.get(outputs.get(i));
            GradientSlot slot = function.results().get(i).slot();
            if (gradient != null && slot != null && wanted.contains(slot) && seeded.add(outputs.get(i))) {
                add(slot, gradient);
            }
        }
        walk(nodes);
    }

    private void differentiate(Node node) {
        Map<GradientSlot, Variable> incoming = new HashMap<>();
        for (GradientSlot origin : node.origins()) {
            Variable gradient = gradients.remove(origin);
            if (gradient != null) {
                incoming.put(origin, gradient);
            }
        }
        tape.calls().bookedAt(node.path(), () -> node.gradient(this, incoming));
        incoming.forEach((slot, gradient) -> {
            if (asked.contains(slot)) {
                answers.put(slot, gradient);
            } else {
                gradient.release();
            }
        });
    }

    Tape tape() {
        return tape;
    }

    boolean isWanted(GradientSlot slot) {
        return wanted.contains(slot);
    }

    /** A variable of the running call for a value that another one stands for already. */
    Variable handle(Tensor value, @Nullable GradientSlot slot, boolean parameter) {
        return new Variable(tape, parameter ? value : tape.scope().share(value), slot, parameter);
    }

    /** A variable for a value, recorded as the output of an op that has not to run. */
    Variable computed(Op op, Operands operands, List<@Nullable GradientSlot> inputs, Tensor value) {
        Saves saves = op.saves(operands);
        if (!saves.inputs().isEmpty() || !saves.extras().isEmpty()) {
            throw new IllegalArgumentException(op.name() + " keeps more than its output");
        }
        if (!operands.needs().contains(true)) {
            return handle(value, null, false);
        }
        GradientSlot slot = tape.values().slot(value.spec());
        Variable variable = handle(value, slot, false);
        OpNode node = new OpNode(op, operands, inputs, slot, tape.path());
        if (saves.output()) {
            node.saved().add(SavedSet.OUTPUT, tape.saver().variable(tape.frame(), op, "output", variable));
        }
        tape.recording().add(node);
        return variable;
    }

    /** Adds to the gradient that gathers for a slot. */
    void add(GradientSlot slot, Variable gradient) {
        Variable present = gradients.get(slot);
        Variable sum;
        if (present == null) {
            sum = new Variable(tape, results.share(gradient.value()), gradient.slot(), false);
        } else {
            sum = tape.apply(new Accumulate(), present, gradient);
            LEDGER.adopt(results, sum.value());
            present.release();
        }
        gradients.put(slot, sum);
    }
}
