package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.ReduceOnPlateau;
import org.backpropaganda.autograd.optim.WeightAverage;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Everything that a run changes as it trains, saved to one file and loaded from it: weights, buffers, the state and
 * learning rates of optimizers, averages of weights, tensors that are carried from step to step, and the run's own {@link Progress}. A run that loads it in another
 * process, with the same model, settings and thread count, goes on as if it had never stopped, bit for bit.
 *
 * <p>The file is in the safetensors format, with a checksum over all of it. A new one replaces the last only when it is
 * complete and on the disk: a run killed at any moment leaves a state that loads. Settings that never change (momentum,
 * betas, weight decay) are the builder's, and not in it. Equal states make equal files, byte for byte. Immutable.
 */
public final class TrainingState {
    private final Map<String, Module> modules;
    private final Map<String, Optimizer> optimizers;
    private final Map<String, WeightAverage> averages;
    private final Map<String, ReduceOnPlateau> plateaus;
    private final Map<String, Tensor> carried;
    private final Map<String, CarriedPart.Source> underWay;

    private TrainingState(
            Map<String, Module> modules,
            Map<String, Optimizer> optimizers,
            Map<String, WeightAverage> averages,
            Map<String, ReduceOnPlateau> plateaus,
            Map<String, Tensor> carried,
            Map<String, CarriedPart.Source> underWay) {
        this.modules = modules;
        this.optimizers = optimizers;
        this.averages = averages;
        this.plateaus = plateaus;
        this.carried = carried;
        this.underWay = underWay;
        Stream.of(optimizers, averages, plateaus)
                .flatMap(map -> map.keySet().stream())
                .forEach(TrainingState::check);
        weights();
    }

    private static void check(String name) {
        if (name.contains(".")) {
            throw new IllegalArgumentException("name \"" + name + "\" contains a dot");
        }
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
        return new TrainingState(
                Map.of("", model),
                Collections.unmodifiableMap(new TreeMap<>(optimizers)),
                Map.of(),
                Map.of(),
                Map.of(),
                Map.of());
    }

    /**
     * This, with a module that is trained beside the model, as a gradient predictor.
     *
     * @param name the path of the module: its tensors are saved behind it
     * @throws IllegalArgumentException if the model has a tensor of the same path
     */
    public TrainingState withModule(String name, Module module) {
        return new TrainingState(with(modules, name, module), optimizers, averages, plateaus, carried, underWay);
    }

    /** This, with averages of the parameters, under a name without dots. */
    public TrainingState withAverage(String name, WeightAverage average) {
        return new TrainingState(modules, optimizers, with(averages, name, average), plateaus, carried, underWay);
    }

    /** This, with what a falling factor has seen, under a name without dots. */
    public TrainingState withPlateau(String name, ReduceOnPlateau plateau) {
        return new TrainingState(modules, optimizers, averages, with(plateaus, name, plateau), carried, underWay);
    }

    /**
     * This, with tensors that a run carries from step to step beside its modules: states of a recurrent layer, traces, a
     * queue. They are saved as they are then, and loading fills them in place.
     *
     * @param name the path of them all: they are saved as {@code carried.NAME.KEY}
     * @param tensors by key. Stay with their scopes
     */
    public TrainingState withTensors(String name, Map<String, Tensor> tensors) {
        Map<String, Tensor> more = carried;
        if (underWay.containsKey(name)) {
            throw new IllegalArgumentException("name \"" + name + "\" is taken");
        }
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            more = with(more, join(name, entry.getKey()), entry.getValue());
        }
        return new TrainingState(modules, optimizers, averages, plateaus, more, underWay);
    }

    /**
     * This, with tensors of which the moment decides which there are: messages in a queue, batches that wait. They are asked
     * for at each save, and loading gives the run those that the file has.
     *
     * <pre>{@code
     * TrainingState state = TrainingState.of(model, optimizer)
     *         .withUnderWay("steps", scope, steps::carried, steps::carry);
     * }</pre>
     *
     * @param name the path of them all, without dots: they are saved as {@code carried.NAME.KEY}
     * @param scope in which a scope is opened for the time of a save or load
     * @param now the tensors by key; what is made for it goes to the scope that it is given
     * @param resume takes the tensors by key, which end behind it. An {@link IllegalArgumentException} of it says that they are not
     *     such as it needs
     */
    public TrainingState withUnderWay(
            String name,
            TensorScope scope,
            Function<TensorScope, Map<String, Tensor>> now,
            Consumer<Map<String, Tensor>> resume) {
        check(name);
        if (carried.keySet().stream().anyMatch(path -> path.startsWith(name + "."))) {
            throw new IllegalArgumentException("name \"" + name + "\" is taken");
        }
        return new TrainingState(
                modules,
                optimizers,
                averages,
                plateaus,
                carried,
                with(underWay, name, new CarriedPart.Source(scope, now, resume)));
    }

    private static <T> Map<String, T> with(Map<String, T> map, String name, T value) {
        Map<String, T> more = new LinkedHashMap<>(map);
        if (more.put(name, value) != null) {
            throw new IllegalArgumentException("name \"" + name + "\" is taken");
        }
        return more;
    }

    /**
     * Saves the state as it is now, between two steps.
     *
     * @throws IOException if it could not be written; the last file stays as it was
     * @throws IllegalArgumentException if an optimizer or an average has a parameter that the model has not
     * @throws IllegalStateException while averages stand in for the parameters
     */
    public void save(Path file, Progress progress) throws IOException {
        save(file, progress, 1);
    }

    /**
     * Saves the state as it is now, and keeps states that were saved before: the last as {@code NAME.1}, the one before as
     * {@code NAME.2}, and so on.
     *
     * @param kept how many states stay in all, from 1
     * @throws IOException if it could not be written; the last file stays as it was
     * @throws IllegalArgumentException if an optimizer or an average has a parameter that the model has not
     * @throws IllegalStateException while averages stand in for the parameters
     */
    public void save(Path file, Progress progress, int kept) throws IOException {
        if (kept < 1) {
            throw new IllegalArgumentException("training state: " + kept + " states to keep are below 1");
        }
        StateEntries entries = StateEntries.of(file, progress);
        Map<String, Tensor> tensors = weights();
        List<StatePart> parts = parts(Map.of());
        try {
            parts.forEach(part -> part.save(entries, tensors));
            SafeTensorsLayout layout = new SafeTensorsLayout(tensors, Checksum.roomIn(entries.asMap()));
            AtomicFile.write(file, kept, channel -> Checksum.write(layout, channel));
        } finally {
            parts.forEach(StatePart::end);
        }
    }

    /**
     * Checks that a state could be saved, so that a place that forbids it shows before hours of training. What is there stays.
     *
     * @throws IOException that saving would throw: if the directory is missing or may not be written, or the file is a
     *     directory, a pipe or a device
     */
    public static void checkPlace(Path file) throws IOException {
        AtomicFile.check(file);
    }

    /**
     * The name, as in the file, of a tensor that holds NaN or an infinity: of the weights, buffers, averages and the
     * optimizers' state. A run whose state has one has diverged, and its state is no good to go on from.
     */
    public Optional<String> nonFinite() {
        Map<String, Tensor> tensors = weights();
        StateEntries entries = StateEntries.of(Path.of(""), Progress.at(0));
        List<StatePart> parts = parts(Map.of());
        try {
            parts.forEach(part -> part.save(entries, tensors));
            return tensors.entrySet().stream()
                    .filter(entry -> !Elements.areFinite(entry.getValue()))
                    .map(Map.Entry::getKey)
                    .findFirst();
        } finally {
            parts.forEach(StatePart::end);
        }
    }

    /**
     * Loads a state into the model and what trains it.
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
            List<StatePart> parts = parts(stored.tensors());
            try {
                return load(stored, parts);
            } finally {
                parts.forEach(StatePart::end);
            }
        }
    }

    private Progress load(SafeTensorsFile stored, List<StatePart> parts) throws IOException {
        StateEntries entries = StateEntries.read(stored.path(), stored.metadata());
        Progress progress = entries.progress();
        Map<String, Tensor> targets = weights();
        Map<String, TensorSpec> wanted = new LinkedHashMap<>();
        targets.forEach((name, tensor) -> wanted.put(name, tensor.spec()));
        List<StatePart.Found> found = new ArrayList<>();
        for (StatePart part : parts) {
            found.add(part.read(entries, wanted));
        }
        checkNames(entries, "optimizers", entries.optimizers().keySet(), optimizers.keySet());
        checkNames(entries, "weight averages", entries.averages(), averages.keySet());
        checkNames(entries, "plateaus", entries.plateaus(), plateaus.keySet());
        Weights.check(stored, wanted, Weights.Loading.strict());

        found.forEach(StatePart.Found::reserve);
        found.forEach(part -> part.resume(targets));
        Weights.load(stored, targets, Weights.Loading.strict());
        try {
            found.forEach(StatePart.Found::filled);
        } catch (IllegalArgumentException e) {
            throw new TensorFileException(stored.path(), String.valueOf(e.getMessage()), e);
        }
        return progress;
    }

    /**
     * How far the run of a file had come, without loading it.
     *
     * @throws TensorFileException if the file is truncated, corrupt, or no training state
     */
    public static Progress peek(Path file) throws IOException {
        try (SafeTensorsFile stored = SafeTensorsFile.open(file)) {
            Checksum.verify(stored);
            return StateEntries.read(file, stored.metadata()).progress();
        }
    }

    private static void checkNames(StateEntries entries, String what, Set<String> there, Set<String> here)
            throws TensorFileException {
        Set<String> unknown = new TreeSet<>(there);
        unknown.removeAll(here);
        if (!unknown.isEmpty()) {
            throw new TensorFileException(
                    entries.file(),
                    "has state of " + what + " that are not here: " + Printable.name(unknown.toString()));
        }
    }

    /**
     * All parts, to be {@linkplain StatePart#end ended}.
     *
     * @param stored what a file has, to load it
     */
    private List<StatePart> parts(Map<String, StoredTensor> stored) {
        Map<String, Parameter> parameters = parameters();
        List<StatePart> parts = new ArrayList<>();
        optimizers.forEach((name, optimizer) -> parts.add(new OptimizerPart(name, optimizer, parameters)));
        averages.forEach((name, average) -> parts.add(new AveragePart(name, average, parameters)));
        plateaus.forEach((name, plateau) -> parts.add(new PlateauPart(name, plateau)));
        underWay.forEach((name, source) -> parts.add(new CarriedPart("carried." + name + ".", source, stored)));
        return parts;
    }

    /** Each once, under the first of its paths. */
    private Map<String, Parameter> parameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        Set<Parameter> seen = new HashSet<>();
        modules.forEach((name, module) -> module.parameters().forEach((path, parameter) -> {
            if (seen.add(parameter)) {
                all.put(join(name, path), parameter);
            }
        }));
        return all;
    }

    private Map<String, Tensor> weights() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        Set<Tensor> seen = new HashSet<>();
        modules.forEach((name, module) -> Weights.of(module).forEach((path, tensor) -> {
            if (tensors.containsKey("model." + join(name, path))) {
                throw new IllegalArgumentException("two tensors are named \"" + join(name, path) + "\"");
            }
            if (seen.add(tensor)) {
                tensors.put("model." + join(name, path), tensor);
            }
        }));
        carried.forEach((path, tensor) -> tensors.put("carried." + path, tensor));
        return tensors;
    }

    private static String join(String name, String path) {
        return name.isEmpty() ? path : name + "." + path;
    }
}
