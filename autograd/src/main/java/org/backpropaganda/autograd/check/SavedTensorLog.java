package org.backpropaganda.autograd.check;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Saving;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Everything that a step saves for its backward, in the order in which it is saved: who will read it, what it is, and what the
 * policy makes of it, as {@code jax.ad_checkpoint.print_saved_residuals} tells it. Its {@code toString()} is a table.
 *
 * <pre>{@code
 * System.out.println(SavedTensorLog.of(model, List.of(images), tape -> tape.policy(policy)));
 * }</pre>
 *
 * <p>For a step that runs anyway, as an observer: {@code Tape.builder(scope).observer(log)}. What replays save in backward then
 * stands in it too. Parameters are remembered in place and are not in it.
 */
public final class SavedTensorLog implements TapeObserver {
    private static final List<String> HEADER = List.of("path", "op", "saved", "tensor", "bytes", "by");
    private static final int BYTES = 4;

    private final List<Entry> entries = new ArrayList<>();

    /**
     * One saved tensor.
     *
     * @param op that will read it in backward
     * @param path of the module call that saves it
     * @param label what it is to the reader: {@code "input 0"}, {@code "output"}, or the name of an extra
     * @param spec of the tensor itself, however it is packed
     * @param codec the name of what the policy chose
     * @param bytes by which activations grew: 0 where others hold the same bytes, or where they count as input
     * @param isReplay whether it is saved by what is computed again in backward
     */
    public record Entry(
            String op, String path, String label, TensorSpec spec, String codec, long bytes, boolean isReplay) {}

    /**
     * What the forward of a training step saves, told from the shapes of its inputs alone: no kernel runs, and nothing is
     * allocated.
     *
     * @param model not modified
     * @param inputs shapes and element types of what the model is called with; no gradient is computed for them
     * @param settings sets the tape up, as with a policy; an observer of its own is not asked
     * @throws org.backpropaganda.autograd.tensor.ShapeException if they do not fit
     * @throws org.backpropaganda.autograd.tensor.NoValuesException if a module reads values in forward
     */
    public static SavedTensorLog of(Module model, List<TensorSpec> inputs, Consumer<TapeBuilder> settings) {
        SavedTensorLog log = new SavedTensorLog();
        try (Engine engine = engine(model);
                TensorScope scope = engine.scope("");
                Tape tape = log.tape(scope, settings)) {
            List<Variable> entered = inputs.stream()
                    .map(spec -> tape.constant(scope.allocate(spec.shape(), spec.dtype(), MemoryKind.INPUT)))
                    .toList();
            model.call(entered);
        }
        return log;
    }

    private static Engine engine(Module model) {
        return model.trainedParameters().stream()
                .findFirst()
                .map(parameter -> Engine.withoutMemory(parameter.value().engine()))
                .orElseGet(Engine::withoutMemory);
    }

    private Tape tape(TensorScope scope, Consumer<TapeBuilder> settings) {
        TapeBuilder builder = Tape.builder(scope);
        settings.accept(builder);
        return builder.observer(this).build();
    }

    @Override
    public void saved(Saving saving, SavedTensorCodec codec, long bytes) {
        entries.add(new Entry(
                saving.op(), saving.path(), saving.label(), saving.spec(), codec.name(), bytes, saving.isReplay()));
    }

    /** All that was saved so far. */
    public List<Entry> entries() {
        return List.copyOf(entries);
    }

    /** By which all of it together made activations grow. */
    public long bytes() {
        return entries.stream().mapToLong(Entry::bytes).sum();
    }

    @Override
    public String toString() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        for (Entry entry : entries) {
            rows.add(List.of(
                    entry.path().isEmpty() ? "(model)" : entry.path(),
                    entry.op() + (entry.isReplay() ? " (replay)" : ""),
                    entry.label(),
                    entry.spec().toString(),
                    String.format(Locale.ROOT, "%,d", entry.bytes()),
                    entry.codec()));
        }
        rows.add(List.of("total", "", "", "", String.format(Locale.ROOT, "%,d", bytes()), ""));
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        return rows.stream()
                .map(row -> line(row, widths))
                .collect(Collectors.joining(System.lineSeparator(), "", System.lineSeparator()));
    }

    private static String line(List<String> row, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < widths.length; i++) {
            String padding = " ".repeat(widths[i] - row.get(i).length());
            line.append(i == BYTES ? padding + row.get(i) : row.get(i) + padding)
                    .append("  ");
        }
        return line.toString().stripTrailing();
    }
}
