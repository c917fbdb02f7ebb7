package org.backpropaganda.autograd.nn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TrainingStepTest {

    private static Module model(ParameterFactory factory) {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("conv", new Conv2d(factory, 3, 8, Window.square(3, 1, 1), false));
        links.put("norm", new BatchNorm(factory, 8));
        links.put("act", new LeakyRelu(0.01));
        links.put(
                "block",
                new Residual(new Sequential(
                        new Conv2d(factory, 8, 8, Window.square(3, 1, 1), false),
                        new BatchNorm(factory, 8),
                        Activation.relu())));
        links.put("pool", Pool2d.globalAverage());
        links.put("head", new Linear(factory, 8, 10, true));
        return new Sequential(links);
    }

    @ParameterizedTest
    @EnumSource(
            value = DType.class,
            names = {"FLOAT", "DOUBLE"})
    void lossFallsAndNothingIsLeft(DType dtype) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Module model = model(new ParameterFactory(root, dtype, 1));
            long base = engine.ledger().liveBytes();
            double first = 0;
            double last = 0;
            for (int i = 0; i < 20; i++) {
                try (TensorScope step = root.child();
                        Tape tape = Tape.training(step, i)) {
                    Tensor images = step.allocate(Shape.of(4, 6, 6, 3), dtype, MemoryKind.INPUT);
                    images.set(new SplittableRandom(5)
                            .doubles(images.elements(), -1, 1)
                            .toArray());
                    Tensor labels = step.allocate(Shape.of(4), DType.INT, MemoryKind.INPUT)
                            .set(new int[] {0, 3, 9, 3});
                    Variable loss =
                            SoftmaxCrossEntropy.crossEntropy(model.call(tape.constant(images)), tape.constant(labels));
                    last = loss.value().item();
                    first = i == 0 ? last : first;
                    try (Gradients gradients = tape.backward(loss)) {
                        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION))
                                .isZero();
                        assertThat(gradients.parameters())
                                .hasSize(model.parameters().size());
                        gradients.forEach((parameter, gradient) -> {
                            double[] p = parameter.value().toDoubles();
                            double[] g = gradient.toDoubles();
                            for (int j = 0; j < p.length; j++) {
                                p[j] -= 0.3 * g[j];
                            }
                            parameter.value().set(p).written("sgd");
                        });
                    }
                }
            }
            assertThat(last).isLessThan(first / 2);
            assertThat(engine.ledger().liveBytes()).isEqualTo(base);
        }
    }
}
