package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.graph.Variable;

/**
 * Which values the states between the steps of a first run are made of. Each has a number: the inputs have theirs, and what a
 * step makes has the next. A value that passes through a step, or stands in a state twice, has one number, as it has one
 * gradient on a plain tape.
 */
final class Boundaries {
    private final int inputs;
    private final List<int[]> states = new ArrayList<>();
    private final BitSet needing = new BitSet();
    private int next;

    /**
     * The state in front of the first step.
     *
     * @param states how many of the inputs are in it
     */
    Boundaries(int inputs, int states) {
        this.inputs = inputs;
        this.next = inputs;
        int[] first = new int[states];
        for (int i = 0; i < states; i++) {
            first[i] = i;
        }
        this.states.add(first);
    }

    /** The number of an input tells that it needs a gradient. */
    void need(int value) {
        needing.set(value);
    }

    /** Whether a gradient may come for a value. */
    boolean needs(int value) {
        return needing.get(value);
    }

    boolean isInput(int value) {
        return value < inputs;
    }

    /** The values of the state in front of a step. */
    int[] in(int step) {
        return states.get(step);
    }

    /** The same, each once. */
    Set<Integer> valuesOf(int step) {
        Set<Integer> values = new LinkedHashSet<>();
        for (int value : in(step)) {
            values.add(value);
        }
        return values;
    }

    /** How many steps there were. */
    int steps() {
        return states.size() - 1;
    }

    /**
     * A step has led from one state to the next.
     *
     * @param differentiable whether the step passes gradients on
     */
    void stepped(List<Variable> before, List<Variable> after, boolean differentiable) {
        int[] known = in(steps());
        IdentityHashMap<Variable, Integer> numbers = new IdentityHashMap<>();
        for (int i = 0; i < known.length; i++) {
            numbers.put(before.get(i), known[i]);
        }
        int[] reached = new int[after.size()];
        for (int i = 0; i < reached.length; i++) {
            Variable value = after.get(i);
            Integer number = numbers.get(value);
            if (number == null) {
                number = next++;
                numbers.put(value, number);
                if (differentiable && value.dtype().isDifferentiable()) {
                    needing.set(number);
                }
            }
            reached[i] = number;
        }
        states.add(reached);
    }

    /** A state as a list of values. */
    static <T> List<T> list(int[] state, Map<Integer, T> values) {
        List<T> list = new ArrayList<>(state.length);
        for (int value : state) {
            list.add(values.get(value));
        }
        return list;
    }

    /** The values of the state in front of a step by their numbers. */
    <T> Map<Integer, T> map(int step, List<T> values) {
        Map<Integer, T> map = new HashMap<>();
        int[] state = in(step);
        for (int i = 0; i < state.length; i++) {
            map.put(state[i], values.get(i));
        }
        return map;
    }
}
