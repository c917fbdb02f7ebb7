package org.backpropaganda.autograd.io;

import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.OptimizerState;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * One optimizer's part of a training state.
 *
 * @param name in the state
 * @param optimizer itself
 * @param parameters of the model, by path
 */
record OptimizerPart(String name, Optimizer optimizer, Map<String, Parameter> parameters) implements StatePart {

    /**
     * What a file says of the optimizer.
     *
     * @param part of the optimizer
     * @param learningRate of the next step
     * @param steps made of each parameter, by path
     */
    private record Stored(OptimizerPart part, double learningRate, Map<String, Long> steps) implements Found {
        @Override
        public void reserve() {
            part.optimizer.reserve(part.counts(this).keySet());
        }

        @Override
        public void resume(Map<String, Tensor> targets) {
            part.resume(this, targets);
        }
    }

    @Override
    public void save(StateEntries entries, Map<String, Tensor> tensors) {
        OptimizerState state = optimizer.state();
        for (Parameter parameter : state.slots().keySet()) {
            if (!parameters.containsValue(parameter)) {
                throw new IllegalArgumentException("optimizer \"" + name + "\" has the parameter " + parameter
                        + ", which the model has not; add the module that has it by withModule");
            }
        }
        entries.putOptimizer(name, state.optimizer(), optimizer.learningRate());
        parameters.forEach((path, parameter) -> {
            OptimizerState.Slot slot = state.slots().get(parameter);
            if (slot != null && slot.steps() > 0) {
                entries.putSteps(name, path, slot.steps());
                put(tensors, path, slot);
            }
        });
    }

    @Override
    public Found read(StateEntries entries, Map<String, TensorSpec> wanted) throws TensorFileException {
        OptimizerState state = optimizer.state();
        String kind = entries.optimizers().get(name);
        if (!state.optimizer().equals(kind)) {
            throw new TensorFileException(
                    entries.file(),
                    "optimizer \"" + name + "\" is of kind " + Printable.name(String.valueOf(kind)) + ", not "
                            + state.optimizer());
        }
        Map<String, Long> steps = entries.steps(name);
        for (String path : steps.keySet()) {
            Parameter parameter = parameters.get(path);
            OptimizerState.Slot slot = parameter == null ? null : state.slots().get(parameter);
            if (parameter == null || slot == null) {
                throw new TensorFileException(
                        entries.file(),
                        "has steps of \"" + Printable.name(path) + "\", which optimizer \"" + name + "\" has not");
            }
            for (int i = 0; i < slot.tensorCount(); i++) {
                wanted.put(tensorName(path, i), parameter.value().spec());
            }
        }
        return new Stored(this, entries.learningRate(name), steps);
    }

    /** Sets counts and learning rate, and adds the tensors to be filled. */
    private void resume(Stored stored, Map<String, Tensor> targets) {
        optimizer.setLearningRate(stored.learningRate);
        optimizer.resume(counts(stored));
        Map<Parameter, OptimizerState.Slot> slots = optimizer.state().slots();
        parameters.forEach((path, parameter) -> {
            OptimizerState.Slot slot = slots.get(parameter);
            if (slot != null && stored.steps.containsKey(path)) {
                put(targets, path, slot);
            }
        });
    }

    private Map<Parameter, Long> counts(Stored stored) {
        Map<Parameter, Long> counts = new LinkedHashMap<>();
        parameters.forEach((path, parameter) -> {
            Long count = stored.steps.get(path);
            if (count != null) {
                counts.put(parameter, count);
            }
        });
        return counts;
    }

    private void put(Map<String, Tensor> tensors, String path, OptimizerState.Slot slot) {
        for (int i = 0; i < slot.tensors().size(); i++) {
            tensors.put(tensorName(path, i), slot.tensors().get(i));
        }
    }

    private String tensorName(String path, int number) {
        return "optimizer." + name + "." + path + "." + number;
    }
}
