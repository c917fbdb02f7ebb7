package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.NoValuesException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One module called again and again, each call a step.
 *
 * @param name what the caller calls it
 * @param trained whether it trains anything
 * @param states how many tensors it carries
 * @param own how many inputs each step has beside the state
 * @param ownFirst whether those are in front of the state
 * @param most how many steps there are at most, or -1 where nobody knows
 * @param done tells the state behind the last step; null where all steps are taken
 */
record Loop(
        Module cell,
        String name,
        boolean trained,
        int states,
        int own,
        boolean ownFirst,
        int most,
        @Nullable Predicate<List<Tensor>> done)
        implements Steps {

    @Override
    public int states(int inputs) {
        return states;
    }

    @Override
    public List<Integer> sides(int step) {
        int first = states + step * own;
        return IntStream.range(first, first + own).boxed().toList();
    }

    @Override
    public List<Variable> call(int step, List<Variable> inputs) {
        List<Variable> arguments = new ArrayList<>(inputs);
        if (ownFirst) {
            arguments = new ArrayList<>(inputs.subList(states, inputs.size()));
            arguments.addAll(inputs.subList(0, states));
        }
        List<Variable> next = cell.call(arguments);
        if (next.size() != states) {
            throw new IllegalStateException("scan: the state has " + states + " tensors, " + cell.describe()
                    + " returns " + next.size() + "; let it return the next state");
        }
        for (int i = 0; i < states; i++) {
            if (!next.get(i).spec().equals(inputs.get(i).spec())) {
                throw new IllegalStateException("scan: state " + i + " is "
                        + inputs.get(i).spec() + ", behind step " + step + " it is "
                        + next.get(i).spec() + "; let it keep its shape and element type");
            }
        }
        return next;
    }

    @Override
    public int count() {
        return done == null ? most : -1;
    }

    @Override
    public boolean isLast(int steps, List<Variable> state) {
        return steps == most || isDone(state);
    }

    /** Whether no step, or none more, is to be taken. */
    boolean isDone(List<Variable> state) {
        if (done == null) {
            return false;
        }
        List<Tensor> values = state.stream().map(Variable::value).toList();
        if (values.stream().allMatch(Tensor::hasValues)) {
            return done.test(values);
        }
        if (most < 0) {
            throw new NoValuesException(
                    "scan: how many steps it takes is told by values, and there are none; say how many"
                            + " it takes at most, which are taken then");
        }
        return false;
    }

    @Override
    public String name(int step) {
        return name;
    }

    @Override
    public int earlierCalls(int step) {
        return step;
    }

    @Override
    public boolean trains(int step) {
        return trained;
    }

    /** Every step reads them: all are complete with the first. */
    @Override
    public List<List<Parameter>> completing() {
        return List.of();
    }
}
