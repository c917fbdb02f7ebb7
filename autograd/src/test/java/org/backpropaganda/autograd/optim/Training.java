package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Parameters, and steps with gradients of choice: the gradient of Σ c p is c, exactly. */
final class Training implements AutoCloseable {
    final Engine engine;
    final TensorScope root;
    private final DType dtype;

    Training(DType dtype) {
        this(dtype, Engine.builder().threads(2).build());
    }

    Training(DType dtype, Engine engine) {
        this.dtype = dtype;
        this.engine = engine;
        this.root = engine.scope("");
    }

    Parameter parameter(String path, double... values) {
        Parameter parameter = new Parameter(root.allocate(Shape.of(values.length), dtype, MemoryKind.PARAMETER)
                .set(values));
        parameter.named(path);
        return parameter;
    }

    /** One step with the given gradients; parameters that are not named get none. */
    void step(Optimizer optimizer, Map<Parameter, double[]> given) {
        try (Gradients gradients = gradients(given)) {
            optimizer.step(gradients);
        }
    }

    /** To be closed. */
    Gradients gradients(Map<Parameter, double[]> given) {
        Gradients gradients = new Gradients(root);
        try (TensorScope scope = root.child();
                Tape tape = Tape.builder(scope).gradients(gradients).build()) {
            List<Variable> terms = new ArrayList<>();
            given.forEach((parameter, values) -> {
                Variable constant =
                        tape.constant(scope.allocate(parameter.value().shape(), dtype, MemoryKind.INPUT)
                                .set(values));
                terms.add(Sum.sum(Multiply.multiply(tape.parameter(parameter), constant)));
            });
            tape.backward(terms.stream().reduce(Add::add).orElseThrow());
        }
        given.forEach((parameter, values) ->
                assertThat(gradients.of(parameter).toDoubles()).isEqualTo(narrowed(values)));
        return gradients;
    }

    void step(Optimizer optimizer, Parameter parameter, double... gradient) {
        step(optimizer, Map.of(parameter, gradient));
    }

    /** Steps with one gradient from one value, and what it has to be after each. */
    static void assertSteps(DType dtype, double from, double gradient, OptimizerKind kind, double... expected) {
        try (Training training = new Training(dtype)) {
            Parameter p = training.parameter("p", from);
            Optimizer optimizer = kind.build(List.of(p), training.root);
            for (double value : expected) {
                training.step(optimizer, p, gradient);
                training.assertValues(p, value);
            }
        }
    }

    /** The values as the element type holds them. */
    double[] narrowed(double... values) {
        return dtype == DType.DOUBLE
                ? values
                : Arrays.stream(values).map(v -> (float) v).toArray();
    }

    /** Closeness that rounding in the element type leaves after a few steps. */
    double tolerance() {
        return dtype == DType.DOUBLE ? 1e-14 : 2e-6;
    }

    void assertValues(Parameter parameter, double... expected) {
        double[] actual = parameter.value().toDoubles();
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i])
                    .as("%s[%d] in %s", parameter.path(), i, dtype)
                    .isCloseTo(expected[i], within(tolerance() * (1 + Math.abs(expected[i]))));
        }
    }

    @Override
    public void close() {
        engine.close();
    }
}
