package org.backpropaganda.reversible.block;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Add;

/** A function of the sum of its first inputs, and of the others as they are. */
final class OfSum extends Module {
    private final Module function;
    private final int summands;

    OfSum(Module function, int summands) {
        this.function = register("", function);
        this.summands = summands;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Variable sum = inputs.get(0);
        for (int i = 1; i < summands; i++) {
            sum = Add.add(sum, inputs.get(i));
        }
        List<Variable> entered = new ArrayList<>(List.of(sum));
        entered.addAll(inputs.subList(summands, inputs.size()));
        return function.call(entered);
    }
}
