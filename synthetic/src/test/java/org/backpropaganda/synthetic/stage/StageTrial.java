package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Invertible;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** An engine, modules of several kinds, batches, and plain steps to compare with. */
final class StageTrial implements AutoCloseable {
    static final int BATCH = 6;
    static final int WIDTH = 8;
    static final int CLASSES = 3;
    static final double RATE = 0.1;

    final DType dtype;
    final Engine engine = Engine.builder().threads(1).build();
    final TensorScope root = engine.scope("");
    final ParameterFactory factory;

    StageTrial(DType dtype) {
        this.dtype = dtype;
        factory = new ParameterFactory(root, dtype, 5);
    }

    @Override
    public void close() {
        engine.close();
    }

    /** Of two streams: the second moves the first by a function of it. */
    static final class Shift extends Module implements Invertible {
        private final Module function;

        Shift(Module function) {
            this.function = register("function", function);
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            return List.of(x.get(1), Add.add(x.get(0), function.call(x.get(1))));
        }

        @Override
        public List<Variable> inverse(List<Variable> y) {
            try (var call = y.get(0).tape().enter(this)) {
                return call.returning(List.of(Subtract.subtract(y.get(1), function.call(y.get(0))), y.get(0)));
            }
        }
    }

    /** Of one tensor to two streams. */
    final class Fork extends Module {
        private final Linear first = register("first", new Linear(factory, WIDTH, WIDTH, true));
        private final Linear second = register("second", new Linear(factory, WIDTH, WIDTH, true));

        @Override
        protected List<Variable> forward(List<Variable> x) {
            return List.of(first.call(x.get(0)), second.call(x.get(0)));
        }
    }

    /** Of two streams to logits. */
    final class Head extends Module {
        private final Linear linear = register("linear", new Linear(factory, WIDTH, CLASSES, true));

        @Override
        protected List<Variable> forward(List<Variable> x) {
            return List.of(linear.call(Add.add(x.get(0), x.get(1))));
        }
    }

    private Module function() {
        return new Sequential(new Linear(factory, WIDTH, WIDTH, true), Activation.tanh());
    }

    /** Modules of one tensor each, with statistics and dropout. */
    List<Module> plainModules(int count) {
        List<Module> modules = new ArrayList<>();
        for (int k = 0; k < count - 1; k++) {
            modules.add(new Sequential(
                    new Linear(factory, WIDTH, WIDTH, true),
                    new BatchNorm(factory, WIDTH),
                    Activation.tanh(),
                    new Dropout(0.3)));
        }
        modules.add(new Linear(factory, WIDTH, CLASSES, true));
        return modules;
    }

    /** A module that makes two streams, invertible ones of two streams, and a head. */
    List<Module> streamModules(int count, int shifts) {
        List<Module> modules = new ArrayList<>();
        modules.add(new Fork());
        for (int k = 0; k < count - 2; k++) {
            List<Module> links = new ArrayList<>();
            for (int s = 0; s < shifts; s++) {
                links.add(new Shift(function()));
            }
            modules.add(new Sequential(links));
        }
        modules.add(new Head());
        return modules;
    }

    Tensor images(TensorScope scope, long batch) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, WIDTH), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(batch).doubles(tensor.elements(), -1, 1).toArray());
    }

    static Tensor labels(TensorScope scope, long batch) {
        int[] labels = new SplittableRandom(batch + 77).ints(BATCH, 0, CLASSES).toArray();
        return scope.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT).set(labels);
    }

    StagedLearner.Builder learner(List<Module> modules, StageRule rule) {
        return StagedLearner.builder(root, modules).rule(rule).seed(900);
    }

    /** Plain descent for one module. */
    StageTraining descent(Module module) {
        return StageTraining.of(Sgd.builder(RATE).build(module.parameterList(), root));
    }

    List<Learnt> step(StagedLearner learner, long batch) {
        try (TensorScope scope = root.child()) {
            return learner.step(images(scope, batch), labels(scope, batch));
        }
    }

    /** Gradients of a plain step by path; statistics move. */
    Map<String, double[]> plainStep(Module model, long batch) {
        return gradients(model, batch, Tape.builder(root).seed(900 + batch));
    }

    /** Gradients of a plain step by path; nothing moves. */
    Map<String, double[]> plainGradients(Module model, long batch, Map<Parameter, Tensor> weights) {
        return gradients(
                model, batch, Tape.builder(root).seed(900 + batch).again().weights(weights));
    }

    private Map<String, double[]> gradients(Module model, long batch, TapeBuilder builder) {
        try (TensorScope scope = root.child();
                Tape tape = builder.build()) {
            Variable logits = model.call(tape.constant(images(scope, batch)));
            Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, tape.constant(labels(scope, batch)));
            try (Gradients gradients = tape.backward(loss)) {
                return byPath(model, gradients);
            }
        }
    }

    static Map<String, double[]> byPath(Module model, Gradients gradients) {
        Map<String, double[]> values = new LinkedHashMap<>();
        model.parameters().forEach((path, parameter) -> {
            Tensor gradient = gradients.of(parameter);
            if (gradient != null) {
                values.put(path, gradient.toDoubles());
            }
        });
        return values;
    }

    static Map<String, double[]> weights(Module model) {
        Map<String, double[]> values = new LinkedHashMap<>();
        model.parameters()
                .forEach((path, parameter) -> values.put(path, parameter.value().toDoubles()));
        model.buffers().forEach((path, buffer) -> values.put(path, buffer.toDoubles()));
        return values;
    }
}
