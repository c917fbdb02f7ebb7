package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiFunction;
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
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** A small training run in an engine of its own. */
final class Run implements AutoCloseable {
    final Engine engine;
    final Module model;
    final Optimizer optimizer;
    private final TensorScope root;
    private final DType dtype;

    Run(DType dtype, long seed, BiFunction<List<Parameter>, TensorScope, Optimizer> build) {
        this(dtype, seed, 8, build, Engine.builder().threads(2).build());
    }

    Run(DType dtype, long seed, int width, BiFunction<List<Parameter>, TensorScope, Optimizer> build, Engine engine) {
        this.dtype = dtype;
        this.engine = engine;
        root = engine.scope("");
        ParameterFactory factory = new ParameterFactory(root, dtype, seed);
        model = new Sequential(
                new Linear(factory, 6, width, true),
                new BatchNorm(factory, width),
                Activation.relu(),
                new Dropout(0.3),
                new Linear(factory, width, 3, true));
        optimizer = build.apply(model.parameterList(), root);
    }

    /** Steps {@code [from, to)}; data and dropout follow from the step's number. */
    void train(long from, long to) {
        for (long step = from; step < to; step++) {
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, step)) {
                Tensor x = scope.allocate(Shape.of(5, 6), dtype, MemoryKind.INPUT)
                        .set(new SplittableRandom(step).doubles(30, -1, 1).toArray());
                Tensor labels =
                        scope.allocate(Shape.of(5), DType.INT, MemoryKind.INPUT).set(new int[] {0, 1, 2, 1, 0});
                Variable loss = SoftmaxCrossEntropy.crossEntropy(model.call(tape.constant(x)), tape.constant(labels));
                try (Gradients gradients = tape.backward(loss)) {
                    optimizer.step(gradients);
                }
            }
        }
    }

    TrainingState state() {
        return TrainingState.of(model, optimizer);
    }

    void save(Path file, long step) throws IOException {
        state().save(file, Progress.at(step));
    }

    Map<String, double[]> values() {
        return WeightsTest.values(Weights.of(model));
    }

    @Override
    public void close() {
        engine.close();
    }
}
