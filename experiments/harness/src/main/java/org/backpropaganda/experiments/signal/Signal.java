package org.backpropaganda.experiments.signal;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.check.Magnitude;
import org.backpropaganda.autograd.check.StepStatistics;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Root mean squares in a deep perceptron at its first step, from the first layer to the last.
 *
 * @param recipe what it is made of
 * @param activations of what each activation returned
 * @param gradients of the loss with respect to that
 * @param updateRatios of each layer's weights: what a step of gradient descent at a learning rate of 0.1 changes
 * @param loss of the step
 */
public record Signal(
        String recipe, List<Double> activations, List<Double> gradients, List<Double> updateRatios, double loss) {
    private static final int CLASSES = 10;
    private static final double LEARNING_RATE = 0.1;

    /** Whether every figure is a number. */
    public boolean isFinite() {
        return Double.isFinite(loss)
                && Stream.of(activations, gradients, updateRatios)
                        .flatMap(List::stream)
                        .allMatch(Double::isFinite);
    }

    /** Bytes of weights, their gradients and what each layer keeps, at the least. */
    public static double leastBytes(int depth, int width, int batch) {
        return Float.BYTES * (double) depth * width * (2.0 * width + batch);
    }

    /** Runs one step of a model on normally distributed inputs and labels drawn at random. */
    public static Signal of(Recipe recipe, int depth, int width, int batch, long seed, int threads) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope root = engine.scope("")) {
            Module model = model(recipe, new ParameterFactory(root, DType.FLOAT, seed), depth, width);
            StepStatistics statistics = new StepStatistics();
            double loss = step(model, root, statistics, width, batch, seed);
            List<Double> activations = new ArrayList<>();
            List<Double> gradients = new ArrayList<>();
            List<Double> ratios = new ArrayList<>();
            Map<String, Double> updates = statistics.updateRatios(LEARNING_RATE);
            for (int i = 0; i < depth; i++) {
                activations.add(size(statistics.activations(), "act" + i));
                gradients.add(size(statistics.activationGradients(), "act" + i));
                ratios.add(updates.getOrDefault("linear" + i + ".weight", 0.0));
            }
            return new Signal(recipe.toString(), activations, gradients, ratios, loss);
        }
    }

    private static double size(Map<String, Magnitude> magnitudes, String path) {
        Magnitude magnitude = magnitudes.get(path);
        return magnitude == null ? 0 : magnitude.rootMeanSquare();
    }

    private static Module model(Recipe recipe, ParameterFactory factory, int depth, int width) {
        Map<String, Module> links = new LinkedHashMap<>();
        for (int i = 0; i < depth; i++) {
            links.put("linear" + i, new Linear(factory, width, width, false, recipe.weights()));
            Module norm = recipe.norm(factory, width);
            if (norm != null) {
                links.put("norm" + i, norm);
            }
            links.put("act" + i, recipe.nonlinearity());
        }
        links.put("head", new Linear(factory, width, CLASSES, true));
        return new Sequential(links);
    }

    private static double step(
            Module model, TensorScope root, StepStatistics statistics, int width, int batch, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        try (TensorScope scope = root.child();
                Tape tape = Tape.builder(scope).observer(statistics).build()) {
            Tensor x = scope.allocate(Shape.of(batch, width), DType.FLOAT, MemoryKind.INPUT)
                    .fill(random::nextGaussian);
            Tensor labels = scope.allocate(Shape.of(batch), DType.INT, MemoryKind.INPUT)
                    .set(random.ints(batch, 0, CLASSES).toArray());
            Variable loss = SoftmaxCrossEntropy.crossEntropy(model.call(tape.constant(x)), tape.constant(labels));
            double value = loss.value().item();
            try (Gradients gradients = tape.backward(loss)) {
                statistics.parameters(gradients);
            }
            return value;
        }
    }
}
