package org.backpropaganda.autograd.nn;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.backpropaganda.autograd.graph.Callee;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * A function of variables with parameters and sub-modules, called on a tape.
 *
 * <p>A call runs in a scope of its own: when it ends, its results move to the caller, what the tape leased stays with
 * the tape, and all else is freed. Whether it trains or evaluates is told by the tape.
 *
 * <p>For implementers: register parameters, buffers and sub-modules in the constructor; compute in {@link #forward}, by
 * ops and calls of sub-modules alone; change state only inside {@link Tape#onFirstRun}.
 */
public abstract class Module implements Callee {
    private final Map<String, Parameter> parameters = new LinkedHashMap<>();
    private final Map<String, Tensor> buffers = new LinkedHashMap<>();
    private final Map<String, Module> children = new LinkedHashMap<>();
    private final IdentityHashMap<Callee, String> names = new IdentityHashMap<>();
    private int height = 1;

    /** Computes the results. Called by {@link #call} alone. */
    protected abstract List<Variable> forward(List<Variable> inputs);

    /** Calls the module on the tape of its inputs. */
    public final List<Variable> call(List<Variable> inputs) {
        if (inputs.isEmpty()) {
            throw new IllegalArgumentException(getClass().getSimpleName() + ": called without inputs");
        }
        try (ModuleCall call = inputs.get(0).tape().enter(this, inputs)) {
            return call.returning(forward(inputs));
        }
    }

    /** Calls a module of one input and one result. */
    public final Variable call(Variable input) {
        List<Variable> results = call(List.of(input));
        if (results.size() != 1) {
            throw new IllegalStateException(
                    getClass().getSimpleName() + ": returns " + results.size() + " results, not one");
        }
        return results.get(0);
    }

    /** Registers a parameter under a name. */
    protected final Parameter register(String name, Parameter parameter) {
        Module unnamed = children.get("");
        requireFree(unnamed == null ? Map.of() : unnamed.parameters(), name);
        put(parameters, name, parameter);
        parameter.named(name);
        return parameter;
    }

    /** Registers state that no gradient is computed for but that belongs to the model, as running statistics. */
    protected final Tensor registerBuffer(String name, Tensor buffer) {
        Module unnamed = children.get("");
        requireFree(unnamed == null ? Map.of() : unnamed.buffers(), name);
        put(buffers, name, buffer);
        ModuleLedger.name(name, buffer);
        return buffer;
    }

    /**
     * Registers a sub-module under a name. An empty name is for the one module that a wrapper stands for: keys, paths
     * and names of parameters are then the same as without the wrapper.
     */
    protected final <M extends Module> M register(String name, M child) {
        requireNotTooDeep(child);
        Map<String, Parameter> childParameters = child.parameters();
        if (name.isEmpty() || children.containsKey("")) {
            Map<String, Parameter> myParameters = parameters();
            Map<String, Tensor> myBuffers = buffers();
            childParameters.keySet().forEach(path -> requireFree(myParameters, join(name, path)));
            child.buffers().keySet().forEach(path -> requireFree(myBuffers, join(name, path)));
        }
        put(children, name, child);
        height = Math.max(height, ((Module) child).height + 1);
        names.putIfAbsent(((Module) child).core(), name);
        childParameters.forEach((path, parameter) -> parameter.named(join(name, path)));
        child.buffers().forEach((path, buffer) -> ModuleLedger.name(join(name, path), buffer));
        return child;
    }

    private void requireNotTooDeep(Module child) {
        if (child.height == DEEPEST) {
            throw new IllegalArgumentException(describe() + ": its part " + child.describe() + " is " + DEEPEST
                    + " modules inside one another already, and calls inside one another go no deeper; nest less, or put"
                    + " what follows one another in a sequence");
        }
    }

    private static <T> void put(Map<String, T> map, String name, T value) {
        if (name.contains(".")) {
            throw new IllegalArgumentException("name \"" + name + "\" contains a dot");
        }
        requireFree(map, name);
        map.put(name, value);
    }

    /** Only a child without a name can have something of the same path as another part. */
    private static void requireFree(Map<String, ?> taken, String name) {
        if (taken.containsKey(name)) {
            throw new IllegalArgumentException("name \"" + name + "\" is taken");
        }
    }

    /** The sub-modules by name, in order of registration. */
    @Override
    public final Map<String, Module> children() {
        return Collections.unmodifiableMap(children);
    }

    /** What this stands for, if it is a wrapper that adds nothing of its own to names; otherwise this. */
    private Module core() {
        Module core = this;
        while (core.children.size() == 1 && core.parameters.isEmpty() && core.buffers.isEmpty()) {
            Module inner = core.children.get("");
            if (inner == null) {
                break;
            }
            core = inner;
        }
        return core;
    }

    /** The first name under which it, or a wrapper of it, is registered; its class, if it is not. */
    @Override
    public final String nameOf(Callee child) {
        if (children.get("") == child) {
            return "";
        }
        Callee core = child instanceof Module module ? module.core() : child;
        String name = names.get(core);
        return name == null ? core.describe() : name;
    }

    @Override
    public final String describe() {
        String simpleName = getClass().getSimpleName();
        return simpleName.isEmpty() ? getClass().getName() : simpleName;
    }

    @Override
    public final boolean registers(Callee child) {
        return child instanceof Module module && names.containsKey(module.core());
    }

    @Override
    public final boolean reaches(Callee other) {
        return other instanceof Module module && reaches(module.core());
    }

    private boolean reaches(Module core) {
        return core() == core
                || names.containsKey(core)
                || children.values().stream().anyMatch(child -> child.reaches(core));
    }

    @Override
    public final boolean trains(Parameter parameter) {
        return parameters.containsValue(parameter)
                || sideParameters().contains(parameter)
                || children.values().stream().anyMatch(child -> child.trains(parameter));
    }

    @Override
    public final Map<String, Tensor> ownState() {
        if (parameters.isEmpty() && buffers.isEmpty()) {
            return Map.of();
        }
        Map<String, Tensor> state = new LinkedHashMap<>(buffers);
        parameters.forEach((name, parameter) -> state.put(name, parameter.value()));
        return state;
    }

    /** A module whose parameters are all frozen is somebody else's to save, buffers included. */
    @Override
    public final boolean keepsState() {
        Map<String, Parameter> all = parameters();
        return all.values().stream().anyMatch(Parameter::isTrainable)
                || (all.isEmpty() && !buffers().isEmpty());
    }

    /** All parameters, those of sub-modules included, by path ({@code "stages.0.conv1.weight"}). */
    public final Map<String, Parameter> parameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        visit("", (path, module) -> module.parameters.forEach((name, value) -> all.put(join(path, name), value)));
        return all;
    }

    /** All buffers, those of sub-modules included, by path. */
    public final Map<String, Tensor> buffers() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        visit("", (path, module) -> module.buffers.forEach((name, value) -> all.put(join(path, name), value)));
        return all;
    }

    private void visit(String path, BiConsumer<String, Module> visitor) {
        visitor.accept(path, this);
        children.forEach((name, child) -> child.visit(join(path, name), visitor));
    }

    /** The parameters as a list, in order of registration; one that stands under several paths once. */
    public final List<Parameter> parameterList() {
        return new ArrayList<>(new LinkedHashSet<>(parameters().values()));
    }

    /**
     * Freezes all parameters of this module and its sub-modules: no gradients are computed for them, nothing is kept for
     * those, and optimizers pass them over, as after {@code requires_grad_(False)} in PyTorch. Gradients still go through the
     * module to what is before it. One that is tied to another place in the model is frozen there too. Running statistics
     * of batch norms go on.
     *
     * <pre>{@code
     * model.children().get("stem").freeze();
     * Optimizer optimizer = Sgd.builder(0.1).build(model.trainableParameters(), scope);
     * }</pre>
     *
     * <p>Between the forward and the backward of a step it is refused where a segment computes again.
     *
     * @return the names of those that were trainable before, as {@code "stages.0.conv1.weight"}
     */
    public final List<String> freeze() {
        return change(true);
    }

    /**
     * Lets all parameters of this module and its sub-modules be trained again.
     *
     * @return the names of those that were frozen before, as {@code "stages.0.conv1.weight"}
     */
    public final List<String> unfreeze() {
        return change(false);
    }

    private List<String> change(boolean frozen) {
        List<String> names = new ArrayList<>();
        Map<String, Parameter> all = parameters();
        all.forEach((path, parameter) -> {
            if (parameter.isTrainable() == frozen) {
                names.add(path);
            }
        });
        all.values().forEach(frozen ? Parameter::freeze : Parameter::unfreeze);
        return List.copyOf(names);
    }

    /** The parameters that are not frozen, for an optimizer: in order of registration, each once. */
    public final List<Parameter> trainableParameters() {
        return parameterList().stream().filter(Parameter::isTrainable).toList();
    }

    /** All parameters that gradients of a call go to: its own, and those that it or a sub-module trains on the side. */
    public final List<Parameter> trainedParameters() {
        Set<Parameter> all = new LinkedHashSet<>();
        collectTrained(all);
        return new ArrayList<>(all);
    }

    private void collectTrained(Set<Parameter> all) {
        all.addAll(parameters.values());
        children.values().forEach(child -> child.collectTrained(all));
        all.addAll(sideParameters());
    }

    /** Parameters that a call trains although they are not the module's, as those of gradient predictors. */
    protected List<Parameter> sideParameters() {
        return List.of();
    }

    /** The number of elements of all parameters, those that stand under several paths counted once. */
    public final long parameterCount() {
        return parameterList().stream().mapToLong(p -> p.value().elements()).sum();
    }

    /** The parameters that it registered itself. */
    final List<Parameter> ownParameters() {
        return List.copyOf(parameters.values());
    }

    /**
     * What a training step will hold and compute, told from the shapes of its inputs alone; its {@code toString()} is a
     * table.
     *
     * @throws org.backpropaganda.autograd.tensor.ShapeException if they do not fit; the message tells where
     */
    public final ModelSummary summary(TensorSpec... inputs) {
        return ModelSummary.of(this, List.of(inputs));
    }

    /**
     * What a training step will hold and compute, told from the shape of its one input of the parameters' element type, {@code
     * FLOAT} where there are none; its {@code toString()} is a table.
     *
     * @throws org.backpropaganda.autograd.tensor.ShapeException if it does not fit; the message tells where
     */
    public final ModelSummary summary(Shape input) {
        return summary(new TensorSpec(
                input,
                parameters().values().stream()
                        .findFirst()
                        .map(p -> p.value().dtype())
                        .orElse(DType.FLOAT)));
    }

    private static String join(String front, String back) {
        return front.isEmpty() || back.isEmpty() ? front + back : front + "." + back;
    }
}
