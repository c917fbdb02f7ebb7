package org.backpropaganda.autograd.technique;

import java.util.Optional;

/**
 * A way to train in less memory, as a function from the structure of a model to the structure of the same model that does it
 * so. Parameters, their names and their random numbers stay what they are.
 *
 * <p>A technique is found by {@link Techniques} if it has a public constructor without arguments and its class is named in a
 * file {@code META-INF/services/org.backpropaganda.autograd.technique.Technique} of the class path.
 *
 * <pre>{@code
 * public final class CheckpointEach implements Technique {
 *     public String name() { return "each"; }
 *     public Fidelity fidelity() { return Fidelity.EXACT; }
 *     public Level level() { return Level.SEGMENT; }
 *     public Optional<String> refusal(Part structure, TechniqueSettings settings) { return Optional.empty(); }
 *     public Part arrange(Part structure, TechniqueSettings settings) {
 *         return structure.map(part -> part instanceof Run run
 *                 ? run.executed(blocks -> new Sequential(blocks.stream().map(Checkpoint::checkpoint).toList()))
 *                 : part);
 *     }
 * }
 * }</pre>
 */
public interface Technique {
    /** The name on a command line and in reports: lower-case letters, digits and dashes. */
    String name();

    /** How its gradients stand to those of plain backpropagation. */
    Fidelity fidelity();

    /** What it arranges, and so when it is applied. */
    Level level();

    /**
     * Why it does not fit a model.
     *
     * @param structure as no technique has touched it
     * @return a clause that follows "does not fit NAME: ", as "it has no batch norm"; empty if it fits
     */
    Optional<String> refusal(Part structure, TechniqueSettings settings);

    /**
     * The structure arranged.
     *
     * @param structure that fits, and that techniques of lower levels have arranged. Not modified.
     */
    Part arrange(Part structure, TechniqueSettings settings);
}
