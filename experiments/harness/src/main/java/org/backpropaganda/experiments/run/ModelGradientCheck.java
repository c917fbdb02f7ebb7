package org.backpropaganda.experiments.run;

import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.check.GradientReport;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.data.Dataset;
import org.backpropaganda.experiments.model.LossModule;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSavings;
import org.backpropaganda.experiments.model.Strategy;

/** The gradient check of a whole model on its first batch. */
public final class ModelGradientCheck {
    private ModelGradientCheck() {}

    /** Checks every parameter of the model under a strategy. */
    public static GradientReport run(RunConfig config, Strategy strategy, GradientCheck check) {
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
            Tensor images = root.allocate(shape, DType.DOUBLE, MemoryKind.INPUT)
                    .set(0, batch.images(), 0, batch.images().length);
            Tensor labels = root.allocate(Shape.of(batch.size()), DType.INT, MemoryKind.INPUT)
                    .set(batch.labels());
            try (ModelSavings savings = model.open(root)) {
                return check.constants(0)
                        .tapes(tape -> tape.policy(savings.policy()))
                        .check(new LossModule(model), images, labels);
            }
        }
    }
}
