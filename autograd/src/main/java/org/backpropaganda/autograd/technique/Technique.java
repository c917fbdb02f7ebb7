package org.backpropaganda.autograd.technique;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * A way to train in less memory, as a function from the structure of a model to the structure of the same model that does it
 * so; or a decision about what becomes of the tensors that its steps save. Parameters, their names and their random numbers
 * stay what they are.
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

    /** As a strategy writes it: the name, and behind a colon the argument that it was given. */
    default String term() {
        return name();
    }

    /** The ways to write it, for help; the name alone is among them if the technique stands without an argument. */
    default List<Usage> usages() {
        return List.of(Usage.of(this, ""));
    }

    /**
     * The technique as an argument sets it.
     *
     * @param argument what stands behind the colon, as {@code every=3} in {@code checkpoint:every=3}
     * @throws IllegalArgumentException if it takes no such argument; the message is a clause that tells which it takes
     */
    default Technique with(String argument) {
        throw new IllegalArgumentException("it takes no argument");
    }

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
    default Part arrange(Part structure, TechniqueSettings settings) {
        return structure;
    }

    /**
     * Gets ready for the steps of a run.
     *
     * @param scope lives as long as the run; of an engine without memory where bytes are only told
     */
    default Savings open(TechniqueSettings settings, TensorScope scope) {
        return Savings.NONE;
    }

    /** The most bytes that may be live while it trains, for the engine of the run; empty where it sets no bound. */
    default OptionalLong memoryBudgetBytes() {
        return OptionalLong.empty();
    }
}
