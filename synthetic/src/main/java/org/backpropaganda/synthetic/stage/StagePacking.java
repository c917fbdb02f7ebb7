package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** What a stage holds of batches, packed up and had out again. Weights that several batches share are packed once. */
final class StagePacking {
    private final WeightCopies copies;
    private final Luggage luggage;
    private final TensorScope scope;
    private final Map<Long, WeightCopies.Copy> unpacked = new TreeMap<>();

    /**
     * To have it out.
     *
     * @param scope of copies of weights
     */
    StagePacking(WeightCopies copies, Luggage luggage, TensorScope scope) {
        this.copies = copies;
        this.luggage = luggage;
        this.scope = scope;
    }

    /** Packs all that waits; it stays. */
    static void pack(Map<Long, Waiting> waiting, WeightCopies copies, Luggage luggage) {
        long[] batches = new long[waiting.size() + 1];
        batches[0] = waiting.size();
        List<WeightCopies.Copy> packed = new ArrayList<>();
        int place = 0;
        for (Map.Entry<Long, Waiting> entry : waiting.entrySet()) {
            Waiting one = entry.getValue();
            batches[++place] = entry.getKey();
            Luggage own = luggage.at("waiting").at(entry.getKey());
            WeightCopies.Copy copy = one.copy();
            if (copy != null && !packed.contains(copy)) {
                packed.add(copy);
            }
            own.put("about", one.version(), copy == null ? -1 : packed.indexOf(copy));
            own.put("tensors", one.tensors());
            own.put("labels", one instanceof Waiting.Question question ? question.labels() : null);
        }
        luggage.put("batches", batches);
        for (int i = 0; i < packed.size(); i++) {
            Luggage own = luggage.at("copies").at(i);
            own.put("isCurrent", copies.isCurrent(packed.get(i)) ? 1 : 0);
            own.put("weights", packed.get(i).tensors());
        }
    }

    /** The batches that wait, in order. */
    long[] batches() {
        long[] packed = luggage.numbers("batches");
        return Arrays.copyOfRange(packed, 1, 1 + (int) packed[0]);
    }

    /** How many updates the stage had made when a batch ran. */
    long version(long batch) {
        return own(batch).numbers("about")[0];
    }

    /** The weights that a batch ran with, if they are kept; to be released. */
    WeightCopies.@Nullable Copy copy(long batch) {
        long place = own(batch).numbers("about")[1];
        if (place < 0) {
            return null;
        }
        WeightCopies.Copy there = unpacked.get(place);
        if (there != null) {
            return copies.retain(there);
        }
        Luggage packed = luggage.at("copies").at(place);
        WeightCopies.Copy copy = copies.taken(packed.whole("weights", scope), packed.numbers("isCurrent")[0] == 1);
        unpacked.put(place, copy);
        return copy;
    }

    /** What a batch is had anew from. */
    List<Tensor> tensors(long batch, TensorScope into) {
        return own(batch).whole("tensors", into);
    }

    /** The labels of a batch that a predictor was asked about. */
    @Nullable
    Tensor labels(long batch, TensorScope into) {
        return own(batch).tensor("labels", into);
    }

    private Luggage own(long batch) {
        return luggage.at("waiting").at(batch);
    }
}
