package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Mean;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** Weights that stay in their kernels' layout for a step change nothing but bytes. */
class ReorderedWeightsTest {
    private static final int STEPS = 3;

    private static List<Double> train(Engine engine, boolean kept) {
        List<Double> losses = new ArrayList<>();
        try (TensorScope scope = engine.scope("model")) {
            ParameterFactory factory = new ParameterFactory(scope, DType.FLOAT, 1);
            Window window = Window.square(3, 1, 1);
            Module model = Checkpoint.checkpoint(new Sequential(
                    new Conv2d(factory, 16, 32, window, true),
                    Activation.tanh(),
                    new Conv2d(factory, 32, 16, window, true)));
            Sgd sgd = Sgd.builder(0.1).build(model.parameterList(), scope);
            Tensor x = scope.allocate(Shape.of(4, 8, 8, 16), DType.FLOAT, MemoryKind.INPUT);
            double[] values = new double[(int) x.elements()];
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.sin(i);
            }
            x.set(values);
            for (int step = 0; step < STEPS; step++) {
                try (TensorScope work = scope.child();
                        Tape tape = Tape.training(work, step)) {
                    Variable loss = Mean.mean(model.call(tape.constant(x)));
                    losses.add(loss.value().item());
                    if (!kept) {
                        assertThat(engine.ledger().liveBytes(MemoryKind.SCRATCH))
                                .isZero();
                    }
                    try (Gradients gradients = tape.backward(loss)) {
                        sgd.step(gradients);
                    }
                }
                assertThat(engine.ledger().liveBytes(MemoryKind.SCRATCH)).isZero();
            }
        }
        return losses;
    }

    @Test
    void theStepsAreTheSameBitForBit() {
        try (Engine plain = Engine.builder().threads(1).build();
                Engine keeping =
                        Engine.builder().threads(1).keepReorderedWeights().build()) {
            assertThat(train(keeping, true)).isEqualTo(train(plain, false));
            assertThat(keeping.ledger().peakBytes(MemoryKind.SCRATCH))
                    .isGreaterThan(plain.ledger().peakBytes(MemoryKind.SCRATCH));
        }
    }
}
