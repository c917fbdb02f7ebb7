package org.backpropaganda.autograd.op;

import java.util.List;
import java.util.Objects;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * A function of one element and its derivatives, at one place.
 *
 * @param value f(x)
 * @param first f'(x), from the op's own backward
 * @param recorded f'(x), from the backward written with ops
 * @param second f''(x), from the backward of that
 */
record Derivatives(double value, double first, double recorded, double second) {

    static Derivatives at(DType dtype, double x, UnaryOperator<Variable> function) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("derivatives")) {
            Tensor place = scope.allocate(Shape.of(1), dtype).set(x);
            Tensor one = scope.allocate(Shape.of(1), dtype).fill(1);
            double first;
            try (Tape tape = Tape.training(scope, 0)) {
                Variable v = tape.leaf(place);
                tape.backward(List.of(function.apply(v)), List.of(one)).close();
                first = Objects.requireNonNull(tape.gradient(v)).item();
            }
            try (Tape tape = Tape.training(scope, 0)) {
                Variable v = tape.leaf(place);
                Variable y = function.apply(v);
                double value = y.value().item();
                Variable recorded = tape.differentiate(List.of(y), List.of(tape.constant(one)), List.of(v))
                        .get(0);
                Variable second = tape.differentiate(List.of(recorded), List.of(tape.constant(one)), List.of(v))
                        .get(0);
                return new Derivatives(
                        value, first, recorded.value().item(), second.value().item());
            }
        }
    }
}
