package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nd4j.linalg.factory.Nd4j;

/** Training for long holds no more memory than training for a few steps. */
class SoakTest {
    private static final int WARM_UP = 20;

    @ParameterizedTest
    @CsvSource({"FLOAT, 2000", "DOUBLE, 500"})
    void memoryStaysWhereItIs(DType dtype, int steps) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = model(new ParameterFactory(root, dtype, 1));
            try (Optimizer optimizer = Sgd.builder(0.01).momentum(0.9).build(model.parameterList(), root)) {
                for (int i = 0; i < WARM_UP; i++) {
                    step(root, model, optimizer, dtype, i);
                }
                engine.resetPeaks();
                step(root, model, optimizer, dtype, WARM_UP);
                long live = engine.ledger().liveBytes();
                long peak = engine.ledger().peakBytes();
                long reserved = engine.reservedBytes();
                long nd4j = nd4jBytes();
                for (int i = WARM_UP + 1; i < steps; i++) {
                    step(root, model, optimizer, dtype, i);
                }
                assertThat(engine.ledger().liveBytes()).isEqualTo(live);
                assertThat(engine.ledger().peakBytes()).isEqualTo(peak);
                assertThat(engine.reservedBytes()).isEqualTo(reserved);
                assertThat(engine.peakReservedBytes()).isEqualTo(reserved);
                assertThat(nd4jBytes()).isEqualTo(nd4j);
            }
        }
    }

    /** What ND4J itself holds off the heap. */
    private static long nd4jBytes() {
        return Nd4j.getEnvironment().getDeviceCouner(0);
    }

    private static Module model(ParameterFactory factory) {
        return new Sequential(
                new Conv2d(factory, 2, 4, Window.square(3, 1, 1), false),
                new BatchNorm(factory, 4),
                Activation.relu(),
                new Residual(new Sequential(
                        new Conv2d(factory, 4, 4, Window.square(3, 1, 1), true),
                        new BatchNorm(factory, 4),
                        new LeakyRelu(0.1),
                        new Dropout(0.2))),
                Pool2d.max(Window.square(2, 2, 0)),
                Pool2d.globalAverage(),
                new Linear(factory, 4, 3, true));
    }

    private static void step(TensorScope root, Module model, Optimizer optimizer, DType dtype, int number) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, number)) {
            Tensor images = scope.allocate(Shape.of(2, 6, 6, 2), dtype, MemoryKind.INPUT);
            images.set(new SplittableRandom(number)
                    .doubles(images.elements(), -1, 1)
                    .toArray());
            Tensor labels =
                    scope.allocate(Shape.of(2), DType.INT, MemoryKind.INPUT).set(number % 3, 1);
            Variable loss = SoftmaxCrossEntropy.crossEntropy(model.call(tape.constant(images)), tape.constant(labels));
            assertThat(loss.value().item()).isFinite();
            try (Gradients gradients = tape.backward(loss)) {
                optimizer.step(gradients);
            }
        }
    }
}
