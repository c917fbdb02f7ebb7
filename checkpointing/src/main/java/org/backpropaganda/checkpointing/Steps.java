package org.backpropaganda.checkpointing;

import java.util.List;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;

/**
 * Steps that a schedule runs, one behind the other, each a call of one module. A step takes the state, a list of tensors, and
 * inputs of its own behind it, and returns the next state.
 */
interface Steps {

    /** How many tensors the first state has; inputs of a segment behind those belong to steps. */
    int states(int inputs);

    /** The inputs of the segment that a step reads behind the state, by their numbers. */
    List<Integer> sides(int step);

    /** Calls the module of a step on the state and the step's own inputs. */
    List<Variable> call(int step, List<Variable> inputs);

    /** How many steps there are, or -1 where that is not known before the last has run. */
    int count();

    /** Whether there is no step behind this state, which {@code steps} steps have led to. */
    boolean isLast(int steps, List<Variable> state);

    /** What the caller calls the module of a step. */
    String name(int step);

    /** How often steps in front of this one call a module of the same name. */
    int earlierCalls(int step);

    /** Whether a step trains anything. */
    boolean trains(int step);

    /**
     * For each step, the parameters that it trains and none in front of it: on the way back they are complete with it. May end
     * early: what is not told is complete with the first step.
     */
    List<List<Parameter>> completing();
}
