package org.backpropaganda.autograd.check;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** A function at a point, which can be evaluated there and nearby, and differentiated there. */
final class CheckedFunction implements AutoCloseable {
    private final GradientCheck check;
    private final Function<List<Variable>, List<Variable>> function;
    private final TensorScope scope;
    private final List<Tensor> inputs = new ArrayList<>();
    private final Map<String, Parameter> parameters;
    private final Map<Tensor, Tensor> buffers = new LinkedHashMap<>();
    private final Map<String, Tensor> variables = new LinkedHashMap<>();

    private CheckedFunction(
            GradientCheck check,
            Function<List<Variable>, List<Variable>> function,
            Map<String, Parameter> parameters,
            Map<String, Tensor> state,
            Tensor... given) {
        if (given.length == 0) {
            throw new IllegalArgumentException("gradient check: no inputs were given");
        }
        this.check = check;
        this.function = function;
        this.scope = given[0].engine().scope("gradient check");
        this.parameters = parameters;
        for (Tensor input : given) {
            inputs.add(copy(input));
        }
        state.values().forEach(buffer -> buffers.put(buffer, copy(buffer)));
        for (int i = 0; i < inputs.size(); i++) {
            if (isDifferentiated(i)) {
                variables.put("input " + i, requireDouble("input " + i, inputs.get(i)));
            }
        }
        parameters.forEach((path, parameter) -> {
            if (parameter.isTrainable()) {
                variables.put(path, requireDouble(path, parameter.value()));
            }
        });
    }

    static CheckedFunction of(
            GradientCheck check, Function<List<Variable>, List<Variable>> function, Tensor... inputs) {
        return new CheckedFunction(check, function, Map.of(), Map.of(), inputs);
    }

    static CheckedFunction of(GradientCheck check, Module module, Tensor... inputs) {
        return new CheckedFunction(check, module::call, module.parameters(), module.buffers(), inputs);
    }

    private Tensor copy(Tensor tensor) {
        return scope.allocate(tensor.shape(), tensor.dtype(), MemoryKind.INPUT).copyFrom(tensor);
    }

    private static Tensor requireDouble(String name, Tensor tensor) {
        if (tensor.dtype() != DType.DOUBLE) {
            throw new ShapeException("gradient check: " + name + " is " + tensor.spec()
                    + "; finite differences need DOUBLE, make it so or a constant");
        }
        return tensor;
    }

    private boolean isDifferentiated(int input) {
        return inputs.get(input).dtype().isDifferentiable()
                && !check.constants().contains(input);
    }

    /** What is differentiated, by name: the values may be changed between evaluations. */
    Map<String, Tensor> variables() {
        return variables;
    }

    /** The outputs with one of the {@link #variables()} at other values, which it keeps. */
    List<double[]> evaluate(Tensor variable, double[] at) {
        variable.set(at);
        return on(check.recording(), (tape, entered, outputs) -> values(outputs));
    }

    private static List<double[]> values(List<Variable> outputs) {
        return outputs.stream().map(output -> output.value().toDoubles()).toList();
    }

    /** Gradients of the present values, null where none arrives, and the cotangents that they belong to. */
    record Differentiated(List<double[]> cotangents, Map<String, double @Nullable []> gradients) {}

    Differentiated differentiate(SplittableRandom random) {
        return on(true, (tape, entered, outputs) -> {
            List<Tensor> seeds = new ArrayList<>();
            for (Variable output : outputs) {
                Tensor seed = tape.scope()
                        .allocate(
                                output.shape(),
                                requireDouble("an output", output.value()).dtype());
                seeds.add(seed.set(random.doubles(seed.elements(), -1, 1).toArray()));
            }
            List<double[]> cotangents = seeds.stream().map(Tensor::toDoubles).toList();
            Map<String, double @Nullable []> found = new LinkedHashMap<>();
            try (Gradients gradients = tape.gradients()) {
                if (outputs.stream().anyMatch(Variable::requiresGradient)) {
                    tape.backward(outputs, seeds);
                }
                for (int i = 0; i < inputs.size(); i++) {
                    if (isDifferentiated(i)) {
                        found.put("input " + i, toDoubles(tape.gradient(entered.get(i))));
                    }
                }
                parameters.forEach((path, parameter) -> found.put(path, toDoubles(gradients.of(parameter))));
            }
            return new Differentiated(cotangents, found);
        });
    }

    private static double @Nullable [] toDoubles(@Nullable Tensor tensor) {
        return tensor == null ? null : tensor.toDoubles();
    }

    private interface Use<R> {
        R with(Tape tape, List<Variable> entered, List<Variable> outputs);
    }

    private <R> R on(boolean recording, Use<R> use) {
        buffers.forEach(Tensor::copyFrom);
        try (TensorScope step = scope.child();
                Tape tape = tape(step, recording)) {
            List<Variable> entered = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                entered.add(isDifferentiated(i) ? tape.leaf(inputs.get(i)) : tape.constant(inputs.get(i)));
            }
            List<Variable> outputs = function.apply(entered).stream()
                    .filter(output -> output.dtype().isDifferentiable())
                    .toList();
            return use.with(tape, entered, outputs);
        }
    }

    private Tape tape(TensorScope step, boolean recording) {
        TapeBuilder builder = Tape.builder(step);
        check.tapes().accept(builder);
        builder.seed(check.seed()).share(1);
        if (!check.training()) {
            builder.evaluating();
        }
        if (!recording) {
            builder.notRecording();
        }
        return builder.build();
    }

    @Override
    public void close() {
        buffers.forEach(Tensor::copyFrom);
        scope.close();
    }
}
