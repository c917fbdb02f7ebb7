package org.backpropaganda.autograd.check;

import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * The magnitudes of activations, of their gradients, of parameters and of their gradients, layer by layer, as one step
 * computes them: what shows gradients that vanish or explode with depth. Values are read while they are there, and none
 * is kept.
 */
public final class StepStatistics implements TapeObserver {
    private final Map<String, Magnitude> activations = new LinkedHashMap<>();
    private final Map<String, Magnitude> activationGradients = new LinkedHashMap<>();
    private final Map<String, Magnitude> parameterGradients = new LinkedHashMap<>();
    private final Map<String, Magnitude> parameters = new LinkedHashMap<>();

    @Override
    public void output(String op, String path, Tensor output, boolean replay) {
        if (!replay && output.dtype().isDifferentiable()) {
            activations.put(path, Magnitude.of(output));
        }
    }

    @Override
    public void gradient(String op, String path, Tensor gradient) {
        activationGradients.putIfAbsent(path, Magnitude.of(gradient));
    }

    /** Notes parameters and their gradients, after backward. */
    public void parameters(Gradients gradients) {
        gradients.forEach((parameter, gradient) -> {
            parameters.put(parameter.path(), Magnitude.of(parameter.value()));
            parameterGradients.put(parameter.path(), Magnitude.of(gradient));
        });
    }

    /** Of the last output under each module path, in the order of forward. */
    public Map<String, Magnitude> activations() {
        return activations;
    }

    /** Of the gradient of the last output under each module path, in the order of backward. */
    public Map<String, Magnitude> activationGradients() {
        return activationGradients;
    }

    /** By parameter path. */
    public Map<String, Magnitude> parameters() {
        return parameters;
    }

    /** By parameter path. */
    public Map<String, Magnitude> parameterGradients() {
        return parameterGradients;
    }

    /**
     * By parameter path, the root mean square of the gradient times the learning rate, over that of the parameter: how far
     * a step of plain gradient descent moves it. About 1e-3 is usual.
     */
    public Map<String, Double> updateRatios(double learningRate) {
        Map<String, Double> ratios = new LinkedHashMap<>();
        parameters.forEach((path, size) -> {
            Magnitude gradient = parameterGradients.get(path);
            if (gradient != null && size.rootMeanSquare() > 0) {
                ratios.put(path, learningRate * gradient.rootMeanSquare() / size.rootMeanSquare());
            }
        });
        return ratios;
    }
}
