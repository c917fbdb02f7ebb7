package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** The nodes that one tape recorded, and the backward passes through them. */
final class Recording {
    private final Tape tape;
    private final List<Node> nodes = new ArrayList<>();
    private boolean drained;
    private boolean retained;
    private boolean kept;

    Recording(Tape tape) {
        this.tape = tape;
    }

    void add(Node node) {
        nodes.add(node);
    }

    List<Node> nodes() {
        return List.copyOf(nodes);
    }

    /** How many nodes there are. */
    int size() {
        return nodes.size();
    }

    /** Tells that this is of a first run and stays until the backward of its segment, which may look alone. */
    void keep() {
        kept = true;
    }

    /** Whether this is of a first run and stays until the backward of its segment. */
    boolean isKept() {
        return kept;
    }

    /**
     * Differentiates a scalar, beginning with the tape's share of the step.
     *
     * @param retain whether all that was recorded stays
     */
    void backward(Variable loss, boolean retain) {
        OutputChecks.scalar("backward", loss);
        TensorScope home = tape.home();
        Tensor share = home.allocate(loss.shape(), loss.dtype())
                .fill(tape.settings().share().value());
        backward(List.of(loss), List.of(share), retain);
        share.close();
    }

    /**
     * Differentiates outputs whose gradients are given.
     *
     * @param retain whether all that was recorded stays
     */
    void backward(List<Variable> outputs, List<Tensor> gradients, boolean retain) {
        OutputChecks.differentiable(tape, outputs, gradients, nodes.isEmpty() && drained);
        if (tape.isOutermost()) {
            tape.settings().share().check(outputs, gradients);
        }
        if (retained) {
            tape.values().checkParameters();
            nodes.forEach(Node::checkRepeatable);
        }
        if (retain) {
            OutputChecks.retainable(tape.gradients());
            retained = true;
            GradientSlot.begin(tape.home(), outputs, gradients);
            walk(nodes.size(), 0);
        } else {
            drained = true;
            GradientSlot.begin(tape.home(), outputs, gradients);
            drain();
        }
    }

    /** Differentiates outputs whose gradients lie in their slots already, and frees what was kept. */
    void drain() {
        drainTo(0);
    }

    /** The same, for all but the first nodes. */
    void drainTo(int first) {
        while (nodes.size() > first) {
            Node node = nodes.remove(nodes.size() - 1);
            tape.settings().observer().goesBack(tape, nodes.size());
            node.backward(tape, false);
            node.destinations().forEach(GradientSlot::writerDone);
        }
    }

    /**
     * The same for the nodes from {@code first} to in front of {@code end}, but everything stays. After a failure no gradient
     * is left on the way for the next time.
     */
    void walk(int end, int first) {
        try {
            for (int i = end - 1; i >= first; i--) {
                tape.settings().observer().goesBack(tape, i);
                nodes.get(i).backward(tape, true);
            }
        } catch (RuntimeException | Error e) {
            nodes.forEach(node -> node.origins().forEach(GradientSlot::clear));
            throw e;
        }
    }

    /** Hands all that was recorded to another recording. */
    List<Node> moveTo(Recording other) {
        List<Node> moved = nodes();
        nodes.clear();
        other.nodes.addAll(moved);
        return moved;
    }

    /** Frees all that is kept. */
    void discard() {
        Collection<Node> left = new ArrayList<>(nodes);
        nodes.clear();
        left.forEach(Node::discard);
        left.forEach(node -> node.destinations().forEach(GradientSlot::writerGone));
    }
}
