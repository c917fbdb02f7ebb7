package org.backpropaganda.autograd.op;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.Input;
import org.jspecify.annotations.Nullable;

/**
 * What an op computes on given values, with ones for the gradient of its output.
 *
 * @param output row-major
 * @param gradients of the inputs, null where none came
 */
record Golden(List<Double> output, List<@Nullable List<Double>> gradients) {
    static Golden of(Op op, Input... inputs) {
        return of(DType.DOUBLE, op, inputs);
    }

    static Golden of(DType dtype, Op op, Input... inputs) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("golden");
                Tape tape = Tape.training(scope, 0)) {
            List<Variable> variables = new ArrayList<>();
            for (Input input : inputs) {
                Tensor drawn = input.draw(scope, dtype, new SplittableRandom(1));
                variables.add(input.differentiable() ? tape.leaf(drawn) : tape.constant(drawn));
            }
            Variable y = tape.apply(op, variables.toArray(Variable[]::new));
            List<Double> output = list(y.value().toDoubles());
            List<@Nullable List<Double>> gradients = new ArrayList<>();
            Tensor ones = scope.allocate(y.shape(), y.dtype()).fill(1);
            try (Gradients none = tape.backward(List.of(y), List.of(ones))) {
                none.clear();
                for (Variable variable : variables) {
                    Tensor gradient = tape.gradient(variable);
                    gradients.add(gradient == null ? null : list(gradient.toDoubles()));
                }
            }
            return new Golden(output, gradients);
        }
    }

    private static List<Double> list(double[] values) {
        List<Double> list = new ArrayList<>();
        for (double value : values) {
            list.add(value);
        }
        return list;
    }
}
