package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.Checkpoint;
import org.junit.jupiter.api.AfterEach;

/** Small models, and their steps under a policy. */
abstract class RecomputeFixture {
    static final int ROWS = 16;
    static final int WIDTH = 8;

    /** Of one [ROWS, WIDTH] of {@code FLOAT}. */
    static final long BYTES = 4 * ROWS * WIDTH;

    final Engine engine = Engine.builder().threads(2).build();
    final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    static Linear linear(ParameterFactory f) {
        return new Linear(f, WIDTH, WIDTH, false);
    }

    static Module block(ParameterFactory f) {
        return new Sequential(
                linear(f), BatchNorm.withRelu(f, WIDTH), new Dropout(0.25), linear(f), new BatchNorm(f, WIDTH));
    }

    static Module residual(ParameterFactory f, int blocks) {
        Stream<Module> links = Stream.iterate(0, i -> i + 1)
                .limit(blocks)
                .flatMap(i -> Stream.of(new Residual(block(f)), LeakyRelu.inPlace(0)));
        return new Sequential(Stream.concat(Stream.of(linear(f), new BatchNorm(f, WIDTH)), links)
                .toList());
    }

    ParameterFactory factory(DType dtype) {
        return new ParameterFactory(scope, dtype, 1);
    }

    Tensor input(DType dtype, long... shape) {
        Tensor x = scope.allocate(Shape.of(shape), dtype, MemoryKind.INPUT);
        return x.set(new SplittableRandom(2).doubles(x.elements(), -1, 1).toArray());
    }

    long held() {
        return engine.ledger().liveBytes(MemoryKind.ACTIVATION);
    }

    /** What forward leaves, and all gradients and buffers of a step. */
    record Step(long held, long peak, Map<String, double[]> gradients) {}

    Step step(Module model, Tensor x, SavedTensorPolicy policy) {
        long before = engine.ledger().liveBytes();
        engine.resetPeaks();
        try (Tape tape = Tape.builder(scope).seed(5).policy(policy).build()) {
            Variable y = model.call(tape.leaf(x));
            Variable loss = Sum.sum(Multiply.multiply(y, y));
            y.release();
            long held = held();
            try (Gradients gradients = tape.backward(loss)) {
                assertThat(held()).as("ACTIVATION after backward").isZero();
                Map<String, double[]> all = new TreeMap<>(GradientComparison.snapshot(gradients));
                model.buffers().forEach((name, buffer) -> all.put(name, buffer.toDoubles()));
                return new Step(held, engine.ledger().peakBytes() - before, all);
            }
        } finally {
            assertThat(engine.ledger().liveBytes()).isEqualTo(before);
        }
    }

    static void assertSame(Step actual, Step plain) {
        assertThat(actual.gradients().keySet()).isEqualTo(plain.gradients().keySet());
        plain.gradients()
                .forEach((name, values) ->
                        assertThat(actual.gradients().get(name)).as(name).isEqualTo(values));
    }

    Module model(String name, DType dtype) {
        ParameterFactory f = factory(dtype);
        return switch (name) {
            case "residual" -> residual(f, 3);
            case "checkpoint" -> checkpointed(f, true);
            case "convolutions" ->
                new Sequential(
                        new Activation(x -> Ops.reshape(x, -1, 2, 2, 2)),
                        new Conv2d(f, 2, 3, Window.square(3, 1, 1), true),
                        new BatchNorm(f, 3),
                        Activation.tanh(),
                        new Conv2d(f, 3, 2, Window.square(3, 1, 1), true),
                        Activation.silu(),
                        new Activation(x -> Ops.reshape(x, -1, WIDTH)),
                        linear(f));
            case "layer norms" ->
                new Sequential(
                        linear(f),
                        new Residual(new Sequential(new LayerNorm(f, WIDTH), linear(f), Activation.gelu(), linear(f))),
                        new LayerNorm(f, WIDTH),
                        linear(f));
            default -> throw new IllegalArgumentException(name);
        };
    }

    static Module checkpointed(ParameterFactory f, boolean checkpoint) {
        Module first = new Sequential(linear(f), BatchNorm.withRelu(f, WIDTH));
        Module second = block(f);
        return new Sequential(first, checkpoint ? Checkpoint.checkpoint(second) : second, linear(f));
    }
}
