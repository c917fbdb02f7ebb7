package org.backpropaganda.experiments.coupling;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.reversible.Coupling;

/**
 * A kind of coupling, by its name on the command line: what functions it is made of, and how the streams of a body are made
 * of one tensor [*, C] and become one again.
 *
 * <p>It is found by {@link CouplingKinds} if it has a public constructor without arguments and its class is named in a file
 * {@code META-INF/services/org.backpropaganda.experiments.coupling.CouplingKind} of the class path.
 *
 * <pre>{@code
 * public final class Shears implements CouplingKind {
 *     public String name() { return "shear"; }
 *     public int streams(Body body) { return 2; }
 *     public int channels(Body body) { return body.width() / 2; }
 *     public List<Integer> functions(Body body) { return List.of(channels(body)); }
 *     public Coupling couple(List<Module> functions) {
 *         return Coupling.of(List.of("x1", "x2"), Update.add("x1", functions.get(0), "x2"), Move.swap("x1", "x2"));
 *     }
 *     public List<Variable> enter(Variable x, Body body) { return Slice.split(x, -1, channels(body), channels(body)); }
 *     public Variable leave(List<Variable> streams) { return Concat.concat(-1, streams.get(0), streams.get(1)); }
 * }
 * }</pre>
 */
public interface CouplingKind {
    /**
     * What couplings stand in.
     *
     * @param width C of the tensor in front of the first coupling
     * @param groups how many streams were asked for; 0 where the kind decides
     */
    record Body(int width, int groups) {}

    /** The name: lower-case letters, digits and dashes. */
    String name();

    /** How many streams pass from coupling to coupling. */
    int streams(Body body);

    /** The channels of each stream. */
    int channels(Body body);

    /** How many channels each function of a coupling returns, in their order. Each reads {@link #channels}. */
    List<Integer> functions(Body body);

    /**
     * A coupling.
     *
     * @param functions modules that keep all axes of a stream but the last, as {@link #functions} tells them
     */
    Coupling couple(List<Module> functions);

    /** The streams [*, channels] in front of the first coupling, of a tensor [*, C]. */
    List<Variable> enter(Variable x, Body body);

    /** One tensor [*, C] of the streams [*, channels] behind the last coupling: what the head reads. */
    Variable leave(List<Variable> streams);

    /** Whether backward has every stream back to the bit, so that gradients are those of the storing model. */
    default boolean isExact() {
        return false;
    }

    /** Whether any number of streams can be asked for; otherwise the kind decides. */
    default boolean choosesStreams() {
        return false;
    }

    /**
     * Checks a body.
     *
     * @throws UserException that says what this kind cannot be
     */
    default void check(Body body) {
        if (body.groups() != 0 && !choosesStreams()) {
            throw new UserException("groups " + body.groups() + " does not fit the coupling " + name() + ", which has "
                    + streams(body) + " streams; leave --groups out, or choose --coupling grouped");
        }
    }
}
