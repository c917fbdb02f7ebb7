package org.backpropaganda.synthetic;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.IntFunction;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.predictor.LinearPredictor;

/** An engine, and models and steps that are the same in every trial. */
final class Trial implements AutoCloseable {
    static final int BATCH = 8;
    static final int WIDTH = 6;
    static final int CLASSES = 3;

    final DType dtype;
    final Engine engine = Engine.builder().threads(1).build();
    final TensorScope root = engine.scope("");
    final ParameterFactory factory;

    Trial(DType dtype) {
        this.dtype = dtype;
        factory = new ParameterFactory(root, dtype, 5);
    }

    @Override
    public void close() {
        engine.close();
    }

    /** What a step leaves behind; gradients by name, and that of the input as {@code "x"}. */
    record Step(double loss, Map<String, double[]> gradients) {
        double[] of(String name) {
            return gradients.get(name);
        }
    }

    Module inner() {
        return new Sequential(new Linear(factory, WIDTH, WIDTH, true), Activation.tanh());
    }

    Module innerWithState() {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, true),
                new BatchNorm(factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.3));
    }

    Module head() {
        return new Sequential(new Linear(factory, WIDTH, WIDTH, true), new Linear(factory, WIDTH, CLASSES, true));
    }

    /** K modules, the last of which is the head. */
    List<Module> modules(int count, IntFunction<Module> inner) {
        List<Module> modules = new ArrayList<>();
        for (int k = 0; k < count - 1; k++) {
            modules.add(inner.apply(k));
        }
        modules.add(head());
        return modules;
    }

    /** Conditioned linear predictors for K modules, zero at first. */
    List<LinearPredictor> predictors(int modules) {
        ParameterFactory own = new ParameterFactory(root, dtype, 17);
        List<LinearPredictor> predictors = new ArrayList<>();
        for (int k = 0; k < modules - 1; k++) {
            predictors.add(new LinearPredictor(own, WIDTH, CLASSES));
        }
        return predictors;
    }

    /** Gives parameters values that are not zero. */
    static void randomize(Collection<Parameter> parameters) {
        SplittableRandom random = new SplittableRandom(23);
        parameters.forEach(parameter -> parameter
                .value()
                .set(random.doubles(parameter.value().elements(), -1, 1).toArray()));
    }

    Tensor random(TensorScope scope, long seed, long... dims) {
        Tensor tensor = scope.allocate(Shape.of(dims), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    static Tensor labels(TensorScope scope, int batch) {
        int[] labels = new int[batch];
        for (int b = 0; b < batch; b++) {
            labels[b] = (5 * b + b / 3) % CLASSES;
        }
        return scope.allocate(Shape.of(batch), DType.INT, MemoryKind.INPUT).set(labels);
    }

    /** A step of classification. A plain sequential is called without labels. */
    Step step(Module model) {
        return step(model, model.parameters());
    }

    Step step(Module model, Map<String, Parameter> parameters) {
        try (TensorScope scope = root.child()) {
            return step(model, parameters, random(scope, 1, BATCH, WIDTH), labels(scope, BATCH), true);
        }
    }

    Step step(
            Module model, Map<String, Parameter> parameters, Tensor input, Tensor labels, boolean inputNeedsGradient) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 3)) {
            Variable x = inputNeedsGradient ? tape.leaf(input) : tape.constant(input);
            Variable y = tape.constant(labels);
            List<Variable> inputs = model instanceof Sequential ? List.of(x) : List.of(x, y);
            Variable loss = SoftmaxCrossEntropy.crossEntropy(model.call(inputs).get(0), y);
            double value = loss.value().item();
            Map<String, double[]> values = new LinkedHashMap<>();
            try (Gradients gradients = tape.backward(loss)) {
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
                parameters.forEach((name, parameter) -> {
                    Tensor gradient = gradients.of(parameter);
                    if (gradient != null) {
                        values.put(name, gradient.toDoubles());
                    }
                });
            }
            Tensor gradient = tape.gradient(x);
            if (gradient != null) {
                values.put("x", gradient.toDoubles());
            }
            return new Step(value, values);
        }
    }

    static Map<String, double[]> buffers(Module model) {
        Map<String, double[]> values = new LinkedHashMap<>();
        model.buffers().forEach((name, buffer) -> values.put(name, buffer.toDoubles()));
        return values;
    }

    static Map<String, double[]> values(Map<String, Parameter> parameters) {
        Map<String, double[]> values = new LinkedHashMap<>();
        parameters.forEach(
                (name, parameter) -> values.put(name, parameter.value().toDoubles()));
        return values;
    }

    static void assertClose(Map<String, double[]> actual, Map<String, double[]> expected, double tolerance) {
        assertThat(actual.keySet()).isEqualTo(expected.keySet());
        expected.forEach((name, values) ->
                assertThat(actual.get(name)).as(name).containsExactly(values, Offset.offset(tolerance)));
    }
}
