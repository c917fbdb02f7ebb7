package org.backpropaganda.reversible.testkit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.Input;
import org.backpropaganda.autograd.testkit.TestSeed;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.jspecify.annotations.Nullable;

/** Couplings in a sequence that stores or one that reconstructs, with inputs: same case, type and seed, same numbers. */
final class CouplingTrial implements AutoCloseable {
    final Engine engine = Engine.builder().threads(1).build();
    final TensorScope root = engine.scope("");
    final List<Coupling> couplings = new ArrayList<>();
    final Module sequence;
    final List<Tensor> inputs = new ArrayList<>();
    private final boolean keepsShapes;
    final Map<Module, Integer> evaluations = new HashMap<>();

    CouplingTrial(CouplingCase c, DType dtype, boolean reversible) {
        keepsShapes = c.keepsShapes();
        ParameterFactory factory = new ParameterFactory(root, dtype, TestSeed.get());
        for (int i = 0; i < c.depth(); i++) {
            couplings.add(c.counting(this::counted).apply(factory));
        }
        sequence = reversible ? new ReversibleSequence(couplings) : new Sequential(couplings);
        SplittableRandom random = new SplittableRandom(TestSeed.get());
        List<Shape> shapes = new ArrayList<>(c.streams());
        shapes.addAll(c.sides());
        for (Shape shape : shapes) {
            Tensor drawn = Input.in(shape).draw(root, dtype, random);
            inputs.add(root.allocate(shape, dtype, MemoryKind.INPUT).copyFrom(drawn));
            drawn.close();
        }
    }

    boolean keepsShapes() {
        return keepsShapes;
    }

    private Module counted(Module function) {
        return new Counted(function, evaluations);
    }

    /** Counts what computes, replays included, under the names of the function alone. */
    private static final class Counted extends Module {
        private final Module function;
        private final Map<Module, Integer> evaluations;

        Counted(Module function, Map<Module, Integer> evaluations) {
            this.function = register("", function);
            this.evaluations = evaluations;
            evaluations.put(this, 0);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            evaluations.merge(this, 1, Integer::sum);
            return function.call(inputs);
        }
    }

    /** What a step tells, by name. */
    record Step(
            Map<String, double[]> values, Map<String, double[]> gradients, List<TensorSpec> outputs, long savedBytes) {}

    Step step(Module model) {
        Map<String, double[]> values = new LinkedHashMap<>();
        Map<String, double[]> gradients = new LinkedHashMap<>();
        long saved;
        List<TensorSpec> specs = new ArrayList<>();
        try (TensorScope scope = root.child();
                Tape tape = Tape.builder(scope).seed(TestSeed.get()).share(1).build()) {
            List<Variable> entered = inputs.stream().map(tape::leaf).toList();
            List<Variable> outputs = model.call(entered);
            saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
            SplittableRandom random = new SplittableRandom(TestSeed.get() + 1);
            List<Tensor> cotangents = new ArrayList<>();
            for (Variable output : outputs) {
                specs.add(output.spec());
                values.put("output " + values.size(), output.value().toDoubles());
                cotangents.add(Input.in(output.shape()).within(-1, 1).draw(scope, output.dtype(), random));
            }
            try (Gradients result = tape.backward(outputs, cotangents)) {
                model.parameters().forEach((path, parameter) -> put(gradients, path, result.of(parameter)));
            }
            for (int i = 0; i < entered.size(); i++) {
                put(gradients, "input " + i, tape.gradient(entered.get(i)));
            }
        }
        model.buffers().forEach((path, buffer) -> values.put("buffer " + path, buffer.toDoubles()));
        return new Step(values, gradients, specs, saved);
    }

    Step step() {
        return step(sequence);
    }

    private static void put(Map<String, double[]> into, String name, @Nullable Tensor gradient) {
        if (gradient != null) {
            into.put(name, gradient.toDoubles());
        }
    }

    @Override
    public void close() {
        root.close();
        engine.close();
    }
}
