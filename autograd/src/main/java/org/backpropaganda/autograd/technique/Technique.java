package org.backpropaganda.autograd.technique;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.function.BiFunction;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
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

    /** Whether a comparison tries it though nobody names it. */
    default boolean isUsual() {
        return true;
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
     * One block arranged by itself under the same names, for a planner to weigh against other ways to execute it: by a
     * technique of single layers the block as it {@linkplain #arrange arranges} it, by any other nothing unless it says so.
     *
     * @param block which may be any part of a model. Not modified
     * @return empty where the technique does nothing for the block
     */
    default Optional<Part> block(Part block, TechniqueSettings settings) {
        return level() == Level.LAYER && refusal(block, settings).isEmpty()
                ? Optional.of(arrange(block, settings))
                : Optional.empty();
    }

    /**
     * Blocks of a run executed as one, so that what lies between them is not kept but computed from what the last returns, for a
     * planner to weigh.
     *
     * @param run all blocks of it, as no technique has touched it
     * @return a function of the modules of consecutive blocks of the run that calls them on its inputs, within the call of the
     *     module that they are registered with; empty where the technique does no such thing with them
     */
    default Optional<BiFunction<List<Module>, List<Variable>, List<Variable>>> reversing(
            Run run, TechniqueSettings settings) {
        return Optional.empty();
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
