package org.backpropaganda.experiments.run;

import java.util.List;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.compress.GradientStep;
import org.backpropaganda.checkpointing.compress.LossyBisect;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.data.Dataset;
import org.backpropaganda.experiments.model.LossModule;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSavings;
import org.backpropaganda.experiments.model.Strategy;

/** Which layers of a whole model lose most of the gradients of its first batch, under a strategy that loses bits. */
public final class ModelBisect {
    private ModelBisect() {}

    /** Measures the model with weights as they are drawn. */
    public static LossyBisect run(RunConfig config, Strategy strategy) {
        TrainingData data = TrainingData.open(config);
        Dataset train = data.train();
        Batch batch = data.batch(0);
        try (Engine engine = Engine.builder()
                        .threads(config.threads())
                        .memoryBudgetBytes(strategy.memoryBudgetBytes())
                        .build();
                TensorScope root = engine.scope("")) {
            Model model = Model.create(data.spec(), strategy, root, config.seed());
            Shape shape = Shape.of(batch.size(), train.height(), train.width(), train.channels());
            Tensor images = root.allocate(shape, data.spec().dtype(), MemoryKind.INPUT)
                    .set(0, batch.images(), 0, batch.images().length);
            Tensor labels = root.allocate(Shape.of(batch.size()), DType.INT, MemoryKind.INPUT)
                    .set(batch.labels());
            LossModule loss = new LossModule(model);
            GradientStep step = policy -> {
                try (TensorScope scope = root.child();
                        Tape tape = Tape.builder(scope)
                                .seed(config.seed())
                                .policy(policy)
                                .build();
                        Gradients gradients =
                                tape.backward(loss.call(List.of(tape.constant(images), tape.constant(labels)))
                                        .get(0))) {
                    return GradientComparison.snapshot(gradients);
                }
            };
            try (ModelSavings savings = model.open(root)) {
                return LossyBisect.run(step, savings.policy());
            }
        }
    }
}
