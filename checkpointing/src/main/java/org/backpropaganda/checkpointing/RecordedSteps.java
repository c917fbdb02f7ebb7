package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;

/**
 * Adjoint data of consecutive steps: what they saved on one tape, so that what two of them save is kept once.
 *
 * @param tape that recorded them
 * @param from the first step
 * @param marks how much the tape had recorded in front of each step and behind the last
 * @param results the state behind the last, of which only the gradients are needed
 * @param slots in which gradients of the values that entered gather, where the first run made them
 */
record RecordedSteps(
        Tape tape, int from, List<Integer> marks, List<Variable> results, Map<Integer, GradientSlot> slots) {

    /** Begins to record. */
    static RecordedSteps on(Tape tape, int from) {
        RecordedSteps recorded = new RecordedSteps(tape, from, new ArrayList<>(), new ArrayList<>(), new HashMap<>());
        recorded.marks.add(SegmentBackward.recorded(tape));
        return recorded;
    }

    /** A step was recorded. */
    void add() {
        marks.add(SegmentBackward.recorded(tape));
    }

    /** The step behind the last. */
    int to() {
        return from + marks.size() - 1;
    }

    /** How much was recorded in front of a step. */
    int mark(int step) {
        return marks.get(step - from);
    }

    /** All steps are recorded: values of the last state go. */
    void end(List<Variable> state) {
        results.addAll(state);
        Liveness.letGo(state, List.of(), List.of());
    }
}
