package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;

/** What a {@link CheckpointedScan} is held to: a loop that keeps everything. */
final class PlainLoop extends Module {
    private final Module cell;
    private final int states;
    private final boolean inputsFirst;
    private final int steps;
    private final Predicate<List<Tensor>> done;

    PlainLoop(Module cell, int states, boolean inputsFirst, int steps, Predicate<List<Tensor>> done) {
        this.cell = register("cell", cell);
        this.states = states;
        this.inputsFirst = inputsFirst;
        this.steps = steps;
        this.done = done;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        List<Variable> state = inputs.subList(0, states);
        int own = (inputs.size() - states) / steps;
        for (int step = 0; step < steps && !isDone(state); step++) {
            List<Variable> read = inputs.subList(states + step * own, states + (step + 1) * own);
            List<Variable> arguments = new ArrayList<>(inputsFirst ? read : state);
            arguments.addAll(inputsFirst ? state : read);
            state = cell.call(arguments);
        }
        return state;
    }

    private boolean isDone(List<Variable> state) {
        return done.test(state.stream().map(Variable::value).toList());
    }
}
