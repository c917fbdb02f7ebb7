package org.backpropaganda.autograd.io;

import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.optim.WeightAverage;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Averages of weights in a training state.
 *
 * @param name in the state
 * @param average itself
 * @param parameters of the model, by path
 */
record AveragePart(String name, WeightAverage average, Map<String, Parameter> parameters) implements StatePart {

    @Override
    public void save(StateEntries entries, Map<String, Tensor> tensors) {
        Map<Parameter, Tensor> averages = average.averages();
        for (Parameter parameter : averages.keySet()) {
            if (!parameters.containsValue(parameter)) {
                throw new IllegalArgumentException("weight average \"" + name + "\" has the parameter " + parameter
                        + ", which the model has not; add the module that has it by withModule");
            }
        }
        entries.putUpdates(name, average.updates());
        putAll(averages, tensors);
    }

    private void putAll(Map<Parameter, Tensor> averages, Map<String, Tensor> tensors) {
        parameters.forEach((path, parameter) -> {
            Tensor tensor = averages.get(parameter);
            if (tensor != null) {
                tensors.put("average." + name + "." + path, tensor);
            }
        });
    }

    @Override
    public Found read(StateEntries entries, Map<String, TensorSpec> wanted) throws TensorFileException {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        putAll(average.averages(), tensors);
        tensors.forEach((tensor, value) -> wanted.put(tensor, value.spec()));
        long updates = entries.updates(name);
        return targets -> {
            average.resume(updates);
            targets.putAll(tensors);
        };
    }
}
