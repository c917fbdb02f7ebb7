package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Invertible;
import org.backpropaganda.autograd.nn.Module;
import org.jspecify.annotations.Nullable;

/**
 * A module of named streams whose inputs can be had back from its outputs: a list of invertible steps, from which forward,
 * inverse and the backward that reconstructs all follow. Called by itself it stores like any module; in a
 * {@link ReversibleSequence} it reconstructs.
 *
 * <pre>{@code
 * Coupling additive = Coupling.of(List.of("x1", "x2"), Update.add("x1", f, "x2"), Update.add("x2", g, "x1"));
 * List<Variable> y = additive.call(List.of(x1, x2));
 * List<Variable> x = additive.inverse(y);
 * }</pre>
 *
 * <p>Side inputs (masks, times, conditions) are what steps read that is no stream. They are given behind the streams and
 * returned behind them as they are, so that couplings follow one another; gradients reach them where they need them.
 *
 * <pre>{@code
 * Coupling masked = Coupling.of(List.of("x1", "x2"), Update.add("x1", attention, "x2", "mask"), Update.add("x2", mlp, "x1"));
 * List<Variable> y = masked.call(List.of(x1, x2, mask)); // y1, y2, mask
 * }</pre>
 */
public class Coupling extends Module implements Invertible {
    private static final String LETTERS = "fghijklmnopqrstuvwxyz";

    private final List<Step> steps;
    private final List<List<String>> streams;
    private final List<String> sides;

    /**
     * A coupling of a class of its own.
     *
     * @param streams names of what enters
     * @param steps in order
     */
    protected Coupling(List<String> streams, List<? extends Step> steps) {
        this(streams, List.of(), steps);
    }

    /**
     * A coupling that others follow which read other side inputs: it takes and returns those too.
     *
     * @param streams names of what enters
     * @param sides names of side inputs in the order in which they are given, ahead of those that steps read and that are not
     *     among them
     * @param steps in order
     */
    protected Coupling(List<String> streams, List<String> sides, List<? extends Step> steps) {
        this.steps = List.copyOf(steps);
        List<List<String>> names = new ArrayList<>();
        names.add(List.copyOf(streams));
        if (streams.isEmpty() || new HashSet<>(streams).size() < streams.size()) {
            throw new IllegalArgumentException(
                    describe() + ": streams " + streams + ": name one or more, and none twice");
        }
        Set<String> others = new LinkedHashSet<>(sides);
        if (others.size() < sides.size() || streams.stream().anyMatch(others::contains)) {
            throw new IllegalArgumentException(
                    describe() + ": streams " + streams + " and side inputs " + sides + ": name none twice");
        }
        Set<Module> functions = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Step step : steps) {
            List<String> before = names.get(names.size() - 1);
            step.sources().stream().filter(name -> !before.contains(name)).forEach(others::add);
            register(step, functions);
            names.add(step.after(before));
        }
        this.streams = List.copyOf(names);
        for (List<String> all : names) {
            others.stream().filter(all::contains).findFirst().ifPresent(name -> {
                throw new IllegalArgumentException(describe() + ": " + name
                        + " is a stream in one place and none in another where it is read; name side inputs otherwise");
            });
        }
        this.sides = List.copyOf(others);
    }

    private void register(Step step, Set<Module> functions) {
        Module function = step.function();
        if (function == null) {
            return;
        }
        String letter = LETTERS.length() > functions.size()
                ? LETTERS.substring(functions.size(), functions.size() + 1)
                : "f" + functions.size();
        String name = step.functionName().isEmpty() ? letter : step.functionName();
        if (!functions.add(function)) {
            throw new IllegalArgumentException(
                    describe() + ": " + nameOf(function) + " and " + name + " are one module; give two");
        }
        register(name, function);
    }

    /** A coupling of steps. */
    public static Coupling of(List<String> streams, Step... steps) {
        return new Coupling(streams, List.of(steps));
    }

    /** Its steps, in the order of forward. */
    public final List<Step> steps() {
        return steps;
    }

    /** The names of the streams that enter. */
    public final List<String> streams() {
        return streams.get(0);
    }

    /** The names of the streams that it returns. */
    public final List<String> streamsBehind() {
        return streams.get(steps.size());
    }

    /** The names of the side inputs, in the order in which they are given behind the streams. */
    public final List<String> sides() {
        return sides;
    }

    /** How many bits of each element its forward loses, which a {@link ReversibleSequence} keeps. */
    public final int bitsPerElement() {
        return steps.stream().mapToInt(Step::bitsPerElement).sum();
    }

    /**
     * Whether a {@link ReversibleSequence} has its streams back to the bit: all its combines are {@link Combine#isExact() exact}.
     * Then gradients are those of the storing model to the bit.
     */
    public final boolean isExact() {
        return steps.stream().allMatch(Step::isExact);
    }

    @Override
    protected final List<Variable> forward(List<Variable> inputs) {
        return results(walked(inputs, null, null), streamsBehind(), inputs);
    }

    private Walk walked(List<Variable> inputs, @Nullable Variable logDeterminant, Walk.@Nullable Keeper keeper) {
        Walk walk = new Walk(this, names(streams(), inputs), inputs, logDeterminant, keeper);
        steps.forEach(step -> step.forward(walk));
        return walk;
    }

    private List<Variable> results(Walk walk, List<String> names, List<Variable> inputs) {
        List<Variable> results = new ArrayList<>(walk.values(names));
        results.addAll(inputs.subList(inputs.size() - sides.size(), inputs.size()));
        Variable logDeterminant = walk.logDeterminant();
        if (logDeterminant != null) {
            results.add(logDeterminant);
        }
        return results;
    }

    /** The names of inputs, if they are as many as they should be. */
    private List<String> names(List<String> entering, List<Variable> inputs) {
        if (inputs.size() != entering.size() + sides.size()) {
            throw new IllegalArgumentException(describe() + ": takes the streams " + entering
                    + (sides.isEmpty() ? "" : " and the side inputs " + sides) + ", got " + inputs.size()
                    + (inputs.size() < entering.size() ? "; split the input first" : ""));
        }
        List<String> names = new ArrayList<>(entering);
        names.addAll(sides);
        return names;
    }

    /**
     * Forward with the log-determinant log |det ∂y/∂x| of each sample, as a normalising flow needs it.
     *
     * @throws UnsupportedOperationException if a step does not tell its own; the message names it
     */
    public final Flow flow(List<Variable> inputs) {
        return Flow.of(advance(inputs, LogDeterminants.zeros(inputs.get(0)), null));
    }

    /** {@link #inverse} with the log-determinant log |det ∂x/∂y| of each sample, which is minus that of forward. */
    public final Flow inverseFlow(List<Variable> outputs) {
        return Flow.of(retreat(outputs, LogDeterminants.zeros(outputs.get(0)))).negated();
    }

    /** The streams, with side inputs behind them, that {@link #call} turns into {@code outputs}, differentiable. */
    @Override
    public final List<Variable> inverse(List<Variable> outputs) {
        return retreat(outputs, null);
    }

    /** Forward; the log-determinant, if there is one, is the last result. */
    final List<Variable> advance(
            List<Variable> inputs, @Nullable Variable logDeterminant, Walk.@Nullable Keeper keeper) {
        try (ModuleCall call = inputs.get(0).tape().enter(this, inputs)) {
            Walk walk = walked(inputs, logDeterminant, keeper);
            return call.returning(results(walk, streamsBehind(), inputs));
        }
    }

    /** Back; the sum of the log-determinants that forward had, if there is one, is the last result. */
    final List<Variable> retreat(List<Variable> outputs, @Nullable Variable logDeterminant) {
        try (ModuleCall call = outputs.get(0).tape().enter(this)) {
            Walk walk = new Walk(this, names(streamsBehind(), outputs), outputs, logDeterminant, null);
            for (int i = steps.size() - 1; i >= 0; i--) {
                steps.get(i).inverse(walk);
            }
            return call.returning(results(walk, streams(), outputs));
        }
    }

    /** The way back through all steps, on tensors. */
    final void reverse(ReverseStep step) {
        for (int i = steps.size() - 1; i >= 0; i--) {
            steps.get(i).reverse(step);
        }
    }
}
