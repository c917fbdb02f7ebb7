package org.backpropaganda.autograd.graph;

import java.util.function.Predicate;

/**
 * What becomes of a tensor between the forward that saves it and the backward that reads it: kept, compressed, moved
 * elsewhere, computed again. Asked once for everything that ops and segments save, extras included; parameters never pass
 * through it. It decides from what a {@link Saving} says alone, so that an engine without memory decides the same and
 * prices it.
 *
 * <pre>{@code
 * SavedTensorPolicy policy = SavedTensorPolicy.keep()
 *         .with(saving -> saving.op().equals("conv2d") && !saving.isExact(), rounded);
 * Tape tape = Tape.builder(scope).policy(policy).policy(head, SavedTensorPolicy.keep()).build();
 * }</pre>
 */
@FunctionalInterface
public interface SavedTensorPolicy {

    /**
     * Chooses a codec.
     *
     * @param saving which must not be held beyond the call
     * @return one that {@linkplain SavedTensorCodec#isExact brings back every bit} where the saving must stay exact; others
     *     are refused there. Tensors that several readers save are packed once for all that chose equal codecs
     */
    SavedTensorCodec choose(Saving saving);

    /** Keeps every tensor itself. */
    static SavedTensorPolicy keep() {
        return saving -> SavedTensorCodec.keep();
    }

    /** Packs everything that may be packed by {@code codec}, and keeps what must stay exact where the codec loses bits. */
    static SavedTensorPolicy of(SavedTensorCodec codec) {
        return saving -> saving.isExact() && !codec.isExact() ? SavedTensorCodec.keep() : codec;
    }

    /** Chooses {@code codec} where {@code condition} holds, and otherwise what this policy chooses. */
    default SavedTensorPolicy with(Predicate<Saving> condition, SavedTensorCodec codec) {
        return saving -> condition.test(saving) ? codec : choose(saving);
    }
}
