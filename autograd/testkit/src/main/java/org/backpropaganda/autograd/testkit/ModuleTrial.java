package org.backpropaganda.autograd.testkit;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** A module of its own with inputs and output gradients: same case, type and seed, same numbers. */
final class ModuleTrial implements AutoCloseable {
    private final Engine engine;
    private final DType dtype;
    final TensorScope scope;
    final Module module;
    final List<Tensor> inputs = new ArrayList<>();
    private final List<Boolean> differentiable;

    ModuleTrial(Engine engine, ModuleCase moduleCase, DType dtype) {
        this.engine = engine;
        this.dtype = dtype;
        scope = engine.scope("trial");
        module = moduleCase.factory().apply(new ParameterFactory(scope, dtype, TestSeed.get()));
        SplittableRandom random = new SplittableRandom(TestSeed.get());
        for (Input input : moduleCase.inputs()) {
            inputs.add(input.draw(scope, dtype, random));
        }
        differentiable = moduleCase.inputs().stream().map(Input::differentiable).toList();
    }

    /** Everything that a training step tells. */
    record Step(
            List<double[]> outputs,
            List<double @Nullable []> inputGradients,
            Map<String, double @Nullable []> parameterGradients) {}

    /** One forward and backward on a recording tape; {@code beforeBackward} runs between them. */
    Step step(Runnable beforeBackward) {
        try (TensorScope step = scope.child();
                Tape tape = training(step)) {
            List<Variable> entered = enter(tape);
            List<Variable> outputs = module.call(entered);
            List<double[]> values = values(outputs);
            beforeBackward.run();
            try (Gradients gradients = tape.backward(outputs, cotangents(step, outputs))) {
                List<double @Nullable []> ofInputs = new ArrayList<>();
                entered.forEach(input -> ofInputs.add(toDoubles(tape.gradient(input))));
                Map<String, double @Nullable []> ofParameters = new LinkedHashMap<>();
                module.parameters()
                        .forEach((path, parameter) -> ofParameters.put(path, toDoubles(gradients.of(parameter))));
                return new Step(values, ofInputs, ofParameters);
            }
        }
    }

    /** A tape for a step whose output gradients are drawn. */
    static Tape training(TensorScope scope) {
        return Tape.builder(scope).seed(TestSeed.get()).share(1).build();
    }

    /** Outputs of a forward alone, on whatever tape. */
    List<double[]> forward(Tape tape) {
        return values(module.call(enter(tape)));
    }

    List<double[]> evaluate(long seed) {
        try (TensorScope step = scope.child();
                Tape tape = Tape.builder(step)
                        .seed(seed)
                        .evaluating()
                        .notRecording()
                        .build()) {
            return forward(tape);
        }
    }

    List<Variable> enter(Tape tape) {
        List<Variable> entered = new ArrayList<>();
        for (int i = 0; i < inputs.size(); i++) {
            entered.add(differentiable.get(i) ? tape.leaf(inputs.get(i)) : tape.constant(inputs.get(i)));
        }
        return entered;
    }

    private static List<Tensor> cotangents(TensorScope scope, List<Variable> outputs) {
        SplittableRandom random = new SplittableRandom(TestSeed.get() + 1);
        List<Tensor> drawn = new ArrayList<>();
        for (Variable output : outputs) {
            drawn.add(Input.in(output.shape()).within(-1, 1).draw(scope, output.dtype(), random));
        }
        return drawn;
    }

    Map<String, double[]> buffers() {
        Map<String, double[]> copies = new LinkedHashMap<>();
        module.buffers().forEach((path, buffer) -> copies.put(path, buffer.toDoubles()));
        return copies;
    }

    Map<String, double[]> parameterValues() {
        Map<String, double[]> copies = new LinkedHashMap<>();
        for (Map.Entry<String, Parameter> entry : module.parameters().entrySet()) {
            copies.put(entry.getKey(), entry.getValue().value().toDoubles());
        }
        return copies;
    }

    private static List<double[]> values(List<Variable> outputs) {
        return outputs.stream().map(output -> output.value().toDoubles()).toList();
    }

    private static double @Nullable [] toDoubles(@Nullable Tensor tensor) {
        return tensor == null ? null : tensor.toDoubles();
    }

    @Override
    public String toString() {
        return dtype + " on " + engine.threads() + " threads";
    }

    @Override
    public void close() {
        scope.close();
    }
}
