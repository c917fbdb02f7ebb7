package org.backpropaganda.autograd.technique;

import java.util.List;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.jspecify.annotations.Nullable;

/**
 * Blocks one after another, named by their numbers. Each takes what the one before returns: one tensor, or several streams
 * where the blocks are couplings.
 *
 * @param blocks in order, at least one
 * @param streams how many tensors pass from block to block
 * @param cut where the model may be cut between two blocks; null where it may not
 * @param executor makes one module of the blocks' modules; null for a {@link Sequential}, which no technique has arranged
 */
public record Run(
        List<Part> blocks,
        int streams,
        @Nullable Cut cut,
        @Nullable Function<List<Module>, Module> executor) implements Part {

    /** Checks and copies. */
    public Run {
        blocks = List.copyOf(blocks);
        if (blocks.isEmpty() || streams < 1) {
            throw new IllegalArgumentException(
                    "run: " + blocks.size() + " blocks of " + streams + " streams; give at least one of either");
        }
    }

    /** Blocks as they are, which one tensor passes through. */
    public Run(List<? extends Part> blocks, @Nullable Cut cut) {
        this(List.copyOf(blocks), 1, cut, null);
    }

    /** Couplings as they are, which several streams pass through. */
    public static Run ofCouplings(List<? extends Part> couplings, int streams, @Nullable Cut cut) {
        return new Run(List.copyOf(couplings), streams, cut, null);
    }

    /** Whether no technique has said yet how it is executed. */
    public boolean isPlain() {
        return executor == null;
    }

    /** The same blocks, executed by the module that is made of theirs. */
    public Run executed(Function<List<Module>, Module> by) {
        return new Run(blocks, streams, cut, by);
    }

    /** The blocks from one number to another, the latter not among them, executed in the same way. */
    public Run part(int from, int to) {
        return new Run(blocks.subList(from, to), streams, cut, executor);
    }

    /** One module of the blocks' modules, as it is executed so far. */
    public Module execute(List<Module> modules) {
        return executor == null ? new Sequential(modules) : executor.apply(modules);
    }

    @Override
    public Module build() {
        return execute(blocks.stream().map(Part::build).toList());
    }

    @Override
    public List<Part> parts() {
        return blocks;
    }

    @Override
    public Part withParts(UnaryOperator<Part> change) {
        return new Run(blocks.stream().map(change).toList(), streams, cut, executor);
    }
}
