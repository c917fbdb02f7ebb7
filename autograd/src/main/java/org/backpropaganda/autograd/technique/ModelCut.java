package org.backpropaganda.autograd.technique;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A model that is a chain with one run of blocks, which can be cut into modules of equal size: what stands in front of the run
 * goes with the first, what stands behind it with the last.
 *
 * <pre>{@code
 * List<Chain> modules = ModelCut.of(structure).orElseThrow().modules(4, true);
 * }</pre>
 *
 * @param chain the model
 * @param number of the run among the chain's links
 */
public record ModelCut(Chain chain, int number) {

    /** The cut of a structure; empty unless it is a chain with one run of blocks. */
    public static Optional<ModelCut> of(Part structure) {
        if (structure instanceof Chain chain && structure.all(Run.class).size() == 1) {
            for (int i = 0; i < chain.links().size(); i++) {
                if (chain.links().get(i).part() instanceof Run) {
                    return Optional.of(new ModelCut(chain, i));
                }
            }
        }
        return Optional.empty();
    }

    /**
     * The cut of a structure that other techniques have arranged.
     *
     * @throws IllegalArgumentException if one of them has cut it
     */
    public static ModelCut ofArranged(Part structure) {
        return of(structure)
                .orElseThrow(() -> new IllegalArgumentException(
                        "another technique has cut the model into modules already; name one of the two"));
    }

    /** Why a structure cannot be cut into so many modules, as a clause; empty if it can. */
    public static Optional<String> refusal(Part structure, int modules) {
        Optional<ModelCut> cut = of(structure);
        if (cut.isEmpty()) {
            return Optional.of("it is no chain with one run of blocks, which could be cut");
        }
        int blocks = cut.get().run().blocks().size();
        return modules > blocks
                ? Optional.of("modules " + modules + " is more than the " + blocks + " blocks of the model")
                : Optional.empty();
    }

    /** The run of blocks. */
    public Run run() {
        return (Run) chain.links().get(number).part();
    }

    /** The number of the first block of a module. */
    public int firstBlock(int module, int modules) {
        return run().blocks().size() * module / modules;
    }

    /**
     * The modules in order.
     *
     * @param joined whether one tensor passes from module to module, joined and split as the run's {@link Cut} says; otherwise
     *     what passes from block to block
     */
    public List<Chain> modules(int count, boolean joined) {
        Cut cut = joined ? run().cut() : null;
        List<Chain> modules = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            modules.add((k == 0 ? chain.part(0, number) : opening(cut))
                    .with(chain.links().get(number).name(), run().part(firstBlock(k, count), firstBlock(k + 1, count)))
                    .with(k == count - 1 ? chain.part(number + 1, chain.links().size()) : closing(cut)));
        }
        return modules;
    }

    private static Chain opening(@Nullable Cut cut) {
        return cut == null ? Chain.empty() : cut.opening();
    }

    private static Chain closing(@Nullable Cut cut) {
        return cut == null ? Chain.empty() : cut.closing();
    }
}
