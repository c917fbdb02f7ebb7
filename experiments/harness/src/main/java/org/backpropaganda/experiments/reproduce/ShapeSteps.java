package org.backpropaganda.experiments.reproduce;

import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.experiments.model.LossModule;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;

/** Training steps that run on shapes alone. */
final class ShapeSteps {
    private ShapeSteps() {}

    /**
     * The summary of a classifier's step in FLOAT.
     *
     * @param make makes a model of images
     * @param images [N, H, W, C]
     */
    static ModelSummary summary(Function<ParameterFactory, Module> make, Shape images) {
        try (Engine engine = Engine.withoutMemory()) {
            Module model = make.apply(new ParameterFactory(engine.scope(""), DType.FLOAT, 0));
            return ModelSummary.of(
                    new Classifier(model),
                    List.of(new TensorSpec(images, DType.FLOAT), new TensorSpec(Shape.of(images.dim(0)), DType.INT)));
        }
    }

    /** The summary of a step of a model of the zoo under a strategy. */
    static ModelSummary summary(ModelSpec spec, String strategy, int batch) {
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            return LossModule.summary(spec, Strategy.parse(strategy), batch, scope);
        }
    }

    /** A model and its loss as one module: images and labels → loss []. */
    private static final class Classifier extends Module {
        private final Module model;

        Classifier(Module model) {
            this.model = register("", model);
        }

        @Override
        protected List<Variable> forward(List<Variable> batch) {
            return List.of(SoftmaxCrossEntropy.crossEntropy(model.call(batch.get(0)), batch.get(1)));
        }
    }
}
