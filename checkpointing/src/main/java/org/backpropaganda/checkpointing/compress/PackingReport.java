package org.backpropaganda.checkpointing.compress;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Locale;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * A policy that chooses what another one does, and lists it: what was saved, by which codec, and what was kept as it is, as small
 * tensors are.
 *
 * <pre>{@code
 * PackingReport report = new PackingReport(CompressPolicy.of(new QuantizedCodec(4)));
 * try (Tape tape = Tape.builder(scope).policy(report).build()) {
 *     tape.backward(loss(tape)).close();
 * }
 * System.out.println(report);
 * }</pre>
 *
 * <p>Of one thread, like the tape.
 */
public final class PackingReport implements SavedTensorPolicy {
    private final SavedTensorPolicy policy;
    private final List<Row> rows = new ArrayList<>();
    private final IdentityHashMap<Object, Integer> first = new IdentityHashMap<>();

    /**
     * What became of one saving.
     *
     * @param name of the tensor
     * @param spec its shape and element type
     * @param codec the name of the codec
     * @param isExact whether every bit comes back
     * @param sharing the number of the first row with the same bytes: its own where nobody saved them before
     */
    public record Row(SavedName name, TensorSpec spec, String codec, boolean isExact, int sharing) {}

    /** Lists what a policy chooses. */
    public PackingReport(SavedTensorPolicy policy) {
        this.policy = policy;
    }

    @Override
    public SavedTensorCodec choose(Saving saving) {
        SavedTensorCodec codec = policy.choose(saving);
        Integer before = first.putIfAbsent(saving.tensor().identity(), rows.size());
        rows.add(new Row(
                SavedName.of(saving),
                saving.spec(),
                codec.name(),
                codec.isExact(),
                before == null ? rows.size() : before));
        return codec;
    }

    /** What was chosen, in the order of saving. */
    public List<Row> rows() {
        return List.copyOf(rows);
    }

    /** A table with a line for each saving. */
    @Override
    public String toString() {
        StringBuilder table = new StringBuilder();
        for (Row row : rows) {
            table.append(String.format(Locale.ROOT, "%-48s %-24s %s%n", row.name, row.spec, row.codec));
        }
        return table.toString();
    }
}
