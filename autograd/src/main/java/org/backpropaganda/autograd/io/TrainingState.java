package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Everything that a run changes as it trains, saved to one file and loaded from it: weights, buffers, the state and
 * learning rates of optimizers, and the run's own {@link Progress}. A run that loads it in another process, with the
 * same model, settings and thread count, goes on as if it had never stopped, bit for bit.
 *
 * <p>The file is in the safetensors format, with a checksum over all of it. A new one replaces the last only when it is
 * complete and on the disk: a run killed at any moment leaves a state that loads. Settings that never change (momentum,
 * betas, weight decay) are the builder's, and not in it.
 */
public final class TrainingState {
    private final Module model;
    private final List<OptimizerPart> parts = new ArrayList<>();

    private TrainingState(Module model, Map<String, Optimizer> optimizers) {
        this.model = model;
        optimizers.forEach((name, optimizer) -> {
            if (name.contains(".")) {
                throw new IllegalArgumentException("optimizer name \"" + name + "\" contains a dot");
            }
            parts.add(new OptimizerPart(name, optimizer, model.parameters()));
        });
    }

    /**
     * The state of a model and its optimizer.
     *
     * @param optimizer of parameters of the model alone
     */
    public static TrainingState of(Module model, Optimizer optimizer) {
        return of(model, Map.of("main", optimizer));
    }

    /** The state of a model and several optimizers by name, names without dots. */
    public static TrainingState of(Module model, Map<String, Optimizer> optimizers) {
        return new TrainingState(model, optimizers);
    }

    /**
     * Saves the state as it is now, between two steps.
     *
     * @throws IOException if it could not be written; the last file stays as it was
     * @throws IllegalArgumentException if an optimizer has a parameter that the model has not
     */
    public void save(Path file, Progress progress) throws IOException {
        StateEntries entries = StateEntries.of(file, progress);
        Map<String, Tensor> tensors = weights();
        parts.forEach(part -> part.save(entries, tensors));
        SafeTensorsLayout layout = new SafeTensorsLayout(tensors, Checksum.roomIn(entries.asMap()));
        AtomicFile.write(file, channel -> Checksum.write(layout, channel));
    }

    /**
     * Loads a state into the model and the optimizers.
     *
     * @return how far the run had come
     * @throws TensorFileException if the file is truncated, corrupt, or of another model or other optimizers; then nothing
     *     was modified
     * @throws org.backpropaganda.autograd.tensor.MemoryBudgetException if there is no room for the optimizers' state; then
     *     neither weights nor step counts were modified
     */
    public Progress load(Path file) throws IOException {
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            Checksum.verify(stored);
            StateEntries entries = StateEntries.read(file, stored.metadata());
            Progress progress = entries.progress();
            Map<String, Tensor> targets = weights();
            Map<String, TensorSpec> wanted = new LinkedHashMap<>();
            targets.forEach((name, tensor) -> wanted.put(name, tensor.spec()));
            Map<OptimizerPart, OptimizerPart.Stored> found = new LinkedHashMap<>();
            for (OptimizerPart part : parts) {
                found.put(part, part.read(entries, wanted));
            }
            checkOptimizers(entries);
            Weights.check(stored, wanted, Weights.Loading.strict());

            found.forEach(OptimizerPart::reserve);
            found.forEach((part, what) -> part.resume(what, targets));
            Weights.load(stored, targets, Weights.Loading.strict());
            return progress;
        }
    }

    private void checkOptimizers(StateEntries entries) throws TensorFileException {
        Set<String> unknown = new TreeSet<>(entries.optimizers().keySet());
        unknown.removeAll(parts.stream().map(OptimizerPart::name).collect(Collectors.toSet()));
        if (!unknown.isEmpty()) {
            throw new TensorFileException(entries.file(), "has state of optimizers that are not here: " + unknown);
        }
    }

    private Map<String, Tensor> weights() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Weights.of(model).forEach((path, tensor) -> tensors.put("model." + path, tensor));
        return tensors;
    }
}
