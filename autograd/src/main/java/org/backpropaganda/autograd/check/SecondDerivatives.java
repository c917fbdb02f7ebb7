package org.backpropaganda.autograd.check;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** The gradients of a function, as a function of its inputs and of the gradients of its results. */
final class SecondDerivatives implements Function<List<Variable>, List<Variable>>, AutoCloseable {
    private final GradientCheck check;
    private final Function<List<Variable>, List<Variable>> function;
    private final TensorScope scope;
    private final List<Tensor> given;
    private final List<Tensor> all = new ArrayList<>();

    SecondDerivatives(GradientCheck check, Function<List<Variable>, List<Variable>> function, Tensor... inputs) {
        if (inputs.length == 0) {
            throw new IllegalArgumentException("gradient check: no inputs were given");
        }
        this.check = check;
        this.function = function;
        this.scope = inputs[0].engine().scope("second derivatives");
        this.given = List.of(inputs);
        all.addAll(given);
        SplittableRandom random = new SplittableRandom(check.seed());
        try (TensorScope step = scope.child();
                Tape tape = Tape.training(step, check.seed())) {
            List<Variable> entered = given.stream().map(tape::constant).toList();
            for (Variable result : function.apply(entered)) {
                Tensor gradient = scope.allocate(result.shape(), result.dtype());
                all.add(gradient.set(random.doubles(gradient.elements(), -1, 1).toArray()));
            }
        }
    }

    /** The inputs, and behind them gradients of the results. */
    Tensor[] inputs() {
        return all.toArray(Tensor[]::new);
    }

    @Override
    public List<Variable> apply(List<Variable> variables) {
        int count = given.size();
        List<Variable> inputs = variables.subList(0, count);
        List<Variable> wanted = IntStream.range(0, count)
                .filter(i -> given.get(i).dtype().isDifferentiable()
                        && !check.constants().contains(i))
                .mapToObj(inputs::get)
                .toList();
        return variables
                .get(0)
                .tape()
                .differentiate(function.apply(inputs), variables.subList(count, all.size()), wanted);
    }

    @Override
    public void close() {
        scope.close();
    }
}
