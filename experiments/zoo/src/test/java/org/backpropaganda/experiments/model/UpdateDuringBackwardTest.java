package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.AdamW;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Parameters that are updated during backward end where a step after backward takes them, whatever the strategy. */
class UpdateDuringBackwardTest {
    private static final int BATCH = 4;
    private static final int SIDE = 8;
    private static final int STEPS = 3;

    @ParameterizedTest
    @CsvSource({
        "revnet, plain",
        "revnet, checkpoint",
        "revnet, reversible",
        "revnet, reversible+abn",
        "revnet, checkpoint+reversible",
        "revnet, decoupled",
        "revnet, reversible+abn+decoupled",
        "resnet, plain",
        "resnet, checkpoint+abn",
        "resnet, dfa",
        "revnet, reversible+bp-lambda:0.5",
        "mlp, dgl",
        "mlp, abn",
        "mlp, checkpoint+abn+decoupled"
    })
    void endsAtTheSameBits(String kind, String strategy) {
        Map<String, double[]> stepped = train(kind, strategy, false);
        Map<String, double[]> during = train(kind, strategy, true);
        stepped.forEach((name, values) -> assertThat(during.get(name)).as(name).containsExactly(values));
    }

    private static Map<String, double[]> train(String kind, String strategy, boolean duringBackward) {
        ModelSpec spec =
                new ModelSpec(kind, new ModelSpec.Size(4, 8), 2, new ModelSpec.Images(SIDE, SIDE, 3, 10), DType.FLOAT);
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Model model = Model.create(spec, Strategy.parse(strategy), root, 3);
            try (Optimizer optimizer =
                    AdamW.builder(0.01).build(List.copyOf(model.parameters().values()), root)) {
                for (int i = 0; i < STEPS; i++) {
                    step(model, optimizer, duringBackward, root, i);
                }
            }
            Map<String, double[]> values = new LinkedHashMap<>();
            model.parameters()
                    .forEach((name, parameter) ->
                            values.put(name, parameter.value().toDoubles()));
            return values;
        }
    }

    private static void step(Model model, Optimizer optimizer, boolean duringBackward, TensorScope root, int number) {
        SplittableRandom random = new SplittableRandom(number);
        try (TensorScope scope = root.child();
                Gradients gradients = duringBackward ? optimizer.duringBackward(scope) : new Gradients(scope);
                Tape tape =
                        Tape.builder(scope).seed(number).gradients(gradients).build()) {
            Tensor images = scope.allocate(Shape.of(BATCH, SIDE, SIDE, 3), DType.FLOAT, MemoryKind.INPUT)
                    .fill(() -> random.nextDouble(-1, 1));
            Variable labels = tape.constant(
                    scope.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT).set(new int[] {1, 7, 3, 1}));
            Variable logits = model.logits(tape.constant(images), labels);
            tape.backward(SoftmaxCrossEntropy.crossEntropy(logits, labels));
            if (!duringBackward) {
                optimizer.step(gradients);
            }
        }
    }
}
