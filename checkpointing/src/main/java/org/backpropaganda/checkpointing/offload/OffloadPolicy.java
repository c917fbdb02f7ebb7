package org.backpropaganda.checkpointing.offload;

import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.MemoryKind;

/**
 * Moves saved tensors to a file until backward reads them: every bit comes back. Small ones stay, as do batches and labels, which
 * lie in memory anyway. A tensor that several readers save is written once.
 *
 * <pre>{@code
 * try (OffloadFile file = OffloadFile.in(Path.of("/scratch")).open();
 *         Tape tape = Tape.builder(scope).policy(OffloadPolicy.to(file).keepLast(64 << 20)).build()) {
 *     tape.backward(model.loss(tape));
 * }
 * OffloadPolicy.to(file).after(SavedTensorPolicy.of(quantised));   // what that does not pack goes to the file
 * }</pre>
 *
 * <p>While one tensor is used in backward, those that were saved before it are read. Memory is needed for the file's ring of
 * buffers, for tensors that are read ahead, for the last that are kept, and for one tensor that another reader waits for.
 *
 * <p>Policies are values: each method returns another one. One serves any number of tapes, one after another or at once; bytes
 * repeat for tapes that share a file only while one at a time is at work.
 *
 * <p>Source: Wu et al. 2024, "SSDTrain: An Activation Offloading Framework to SSDs for Faster Large Language Model Training",
 * arXiv:2408.10013: each tensor once, forwarding of what has not been written, the last layers kept. Deviation: how much is kept
 * is a number of bytes, and what is forwarded follows from the size of the ring, so that peaks repeat.
 */
public final class OffloadPolicy implements SavedTensorPolicy {
    /** Tensors of fewer bytes stay in memory, unless something else is said. */
    public static final long LEAST_BYTES = 64 << 10;

    private final OffloadFile file;
    private final long leastBytes;
    private final long keptBytes;
    private final int ahead;
    private final Predicate<Saving> condition;
    private final SavedTensorPolicy first;
    private final SavedTensorPolicy rest;
    private final OffloadCodec codec;

    private OffloadPolicy(
            OffloadFile file,
            long leastBytes,
            long keptBytes,
            int ahead,
            Predicate<Saving> condition,
            SavedTensorPolicy first,
            SavedTensorPolicy rest) {
        this.file = file;
        this.leastBytes = leastBytes;
        this.keptBytes = keptBytes;
        this.ahead = ahead;
        this.condition = condition;
        this.first = first;
        this.rest = rest;
        this.codec = new OffloadCodec(file, keptBytes, ahead);
    }

    /** Everything of at least {@value #LEAST_BYTES} bytes goes to a file, of which one tensor at a time is read ahead. */
    public static OffloadPolicy to(OffloadFile file) {
        return new OffloadPolicy(
                file, LEAST_BYTES, 0, 1, saving -> true, SavedTensorPolicy.keep(), SavedTensorPolicy.keep());
    }

    /** Tensors of fewer bytes stay in memory. */
    public OffloadPolicy atLeast(long bytes) {
        requireNotNegative("least size", bytes);
        return new OffloadPolicy(file, bytes, keptBytes, ahead, condition, first, rest);
    }

    /**
     * The tensors that a tape saved last, which backward reads first, stay in memory: as many as take together at most so many
     * bytes, 0 at first. Those before them are written when later ones need the room.
     */
    public OffloadPolicy keepLast(long bytes) {
        requireNotNegative("number of bytes to keep", bytes);
        return new OffloadPolicy(file, leastBytes, bytes, ahead, condition, first, rest);
    }

    /**
     * How many tensors are read ahead at most, 1 at first. They count as {@code ACTIVATION} from then on. One that the engine's
     * budget has no room for is read when it is needed; one that has been read may be what a later allocation lacks room for.
     */
    public OffloadPolicy prefetch(int tensors) {
        requireNotNegative("number of tensors to read ahead", tensors);
        return new OffloadPolicy(file, leastBytes, keptBytes, tensors, condition, first, rest);
    }

    /** Only where a condition holds. */
    public OffloadPolicy where(Predicate<Saving> holds) {
        return new OffloadPolicy(file, leastBytes, keptBytes, ahead, condition.and(holds), first, rest);
    }

    /** Another policy chooses first: what it does not keep as it is, it has. */
    public OffloadPolicy after(SavedTensorPolicy other) {
        return new OffloadPolicy(file, leastBytes, keptBytes, ahead, condition, other, rest);
    }

    /** Another policy chooses for what does not go to the file: kept as it is at first. */
    public OffloadPolicy otherwise(SavedTensorPolicy other) {
        return new OffloadPolicy(file, leastBytes, keptBytes, ahead, condition, first, other);
    }

    private static void requireNotNegative(String what, long value) {
        if (value < 0) {
            throw new IllegalArgumentException("offload: a " + what + " of " + value + " is below 0");
        }
    }

    @Override
    public SavedTensorCodec choose(Saving saving) {
        SavedTensorCodec chosen = first.choose(saving);
        if (!chosen.equals(SavedTensorCodec.keep())) {
            return chosen;
        }
        return isOffloaded(saving) ? codec : rest.choose(saving);
    }

    private boolean isOffloaded(Saving saving) {
        MemoryKind kind = saving.tensor().kind();
        boolean ends = kind == MemoryKind.ACTIVATION || kind == MemoryKind.TEMPORARY;
        return ends && saving.tensor().bytes() >= leastBytes && condition.test(saving);
    }
}
