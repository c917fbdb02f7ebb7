package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * One stream changed by a function of others: {@code target ← combine(target, function(sources))}. Because the function does
 * not read its target, the change can be undone whatever the function is.
 *
 * <pre>{@code
 * Update.add("x1", f, "x2")                                     // x1 += f(x2)
 * Update.of("x1", Combine.affine(Scaling.sigmoid()), f, "x2")   // x1 = x1 ⊙ sigmoid(s + 2) + t, (s, t) = f(x2)
 * Update.add("x1", f, "x2", "mask")                             // f reads a side input too
 * }</pre>
 */
public final class Update extends Step {
    private final String target;
    private final Combine combine;
    private final @Nullable Module function;
    private final String functionName;
    private final List<String> sources;

    private Update(
            String target, Combine combine, @Nullable Module function, String functionName, List<String> sources) {
        this.target = target;
        this.combine = combine;
        this.function = function;
        this.functionName = functionName;
        this.sources = List.copyOf(sources);
        if (sources.isEmpty()) {
            throw misfit("reads nothing; name one source or more");
        }
        if (sources.contains(target)) {
            throw misfit("reads the stream that it changes, which cannot be undone; let it read others");
        }
        if (new HashSet<>(sources).size() < sources.size()) {
            throw misfit("names a source twice");
        }
    }

    /** {@code target += function(sources)}. The function keeps the target's shape. */
    public static Update add(String target, Module function, String... sources) {
        return of(target, Combine.add(), function, sources);
    }

    /**
     * {@code target ← combine(target, function(sources))}.
     *
     * @param target a stream
     * @param combine what becomes of the stream and the function's results
     * @param function of as many inputs as there are sources
     * @param sources other streams, and side inputs: any name that no stream has
     */
    public static Update of(String target, Combine combine, Module function, String... sources) {
        return new Update(target, combine, function, "", List.of(sources));
    }

    /** {@code target ← combine(target, sources)}, without a function between. */
    public static Update of(String target, Combine combine, String... sources) {
        return new Update(target, combine, null, "", List.of(sources));
    }

    /** The same with a name for its function, as in {@code "0.attention.weight"}; without one it is a letter from f on. */
    public Update named(String name) {
        return new Update(target, combine, function, name, sources);
    }

    /** The stream that it changes. */
    public String target() {
        return target;
    }

    @Override
    List<String> after(List<String> streams) {
        requireStream(streams, target);
        return streams;
    }

    @Override
    List<String> sources() {
        return sources;
    }

    @Override
    @Nullable
    Module function() {
        return function;
    }

    @Override
    String functionName() {
        return functionName;
    }

    @Override
    public int bitsPerElement() {
        return combine instanceof KeepingCombine keeping ? keeping.bitsPerElement() : 0;
    }

    @Override
    boolean isExact() {
        return combine.isExact();
    }

    @Override
    void forward(Walk walk) {
        Variable stream = walk.value(target);
        List<Variable> held = sources.stream()
                .map(source -> Identity.hold(walk.value(source)))
                .toList();
        List<Variable> values = values(walk.coupling(), stream.spec(), held);
        if (combine instanceof KeepingCombine keeping) {
            walk.keep(this, keeping, stream, values);
        }
        walk.changesVolume(() -> combine.logDeterminant(stream, values));
        Variable changed = checked(walk.coupling(), stream, combine.forward(stream, values));
        List<Variable> passed = new ArrayList<>(held);
        passed.addAll(values);
        Liveness.letGo(passed, List.of(), List.of(changed));
        walk.replace(target, changed);
    }

    @Override
    void inverse(Walk walk) {
        if (combine instanceof KeepingCombine keeping) {
            throw new IllegalStateException(
                    "inverse: " + walk.coupling().getClass().getSimpleName() + " "
                            + keeping.bitsPerElement()
                            + " bits an element are lost in forward, which only a reversible sequence"
                            + " keeps; differentiate through the sequence, or use the coupling in floating point");
        }
        Variable result = walk.value(target);
        List<Variable> held = sources.stream()
                .map(source -> Identity.hold(walk.value(source)))
                .toList();
        List<Variable> values = values(walk.coupling(), result.spec(), held);
        Variable before = checked(walk.coupling(), result, combine.inverse(result, values));
        walk.changesVolume(() -> combine.logDeterminant(before, values));
        walk.replace(target, before);
    }

    /**
     * What the function gives for sources, whose shapes fit the stream.
     *
     * @throws ShapeException if they do not: a stream that they changed could not be had back
     */
    List<Variable> values(Coupling coupling, TensorSpec stream, List<Variable> entered) {
        List<Variable> values = function == null ? entered : function.call(entered);
        combine.refusal(stream, values.stream().map(Variable::spec).toList()).ifPresent(why -> {
            throw new ShapeException(where(coupling, entered.get(0)) + "a branch of "
                    + coupling.getClass().getSimpleName() + " " + why);
        });
        return values;
    }

    private String where(Coupling coupling, Variable at) {
        String path = at.tape().path();
        String name = function == null ? target : coupling.nameOf(function);
        return (path.isEmpty() ? "" : path + ".") + name + ": ";
    }

    private Variable checked(Coupling coupling, Variable before, Variable after) {
        if (!after.spec().equals(before.spec())) {
            throw new ShapeException(where(coupling, after) + "a combine of "
                    + coupling.getClass().getSimpleName() + " made " + after.spec() + " of a stream of " + before.spec()
                    + "; a stream keeps its shape and element type");
        }
        return after;
    }

    @Override
    void reverse(ReverseStep step) {
        new UpdateReversal(step, this, combine).run();
    }

    @Override
    public String toString() {
        return target + " ← " + combine + "(" + target + ", " + (function == null ? "" : "f") + sources + ")";
    }
}
