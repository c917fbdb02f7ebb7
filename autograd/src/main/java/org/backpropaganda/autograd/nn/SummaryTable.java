package org.backpropaganda.autograd.nn;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** A {@link ModelSummary} in columns. */
final class SummaryTable {
    private static final List<String> HEADER =
            List.of("path", "layer", "output", "parameters", "saved bytes", "multiply-adds");
    private static final int TEXTS = 3;
    private static final long[] UNITS = {1L << 40, 1L << 30, 1L << 20, 1L << 10};
    private static final List<String> NAMES = List.of("TiB", "GiB", "MiB", "KiB");

    private SummaryTable() {}

    static String of(ModelSummary summary, int levels) {
        if (levels < 0) {
            throw new IllegalArgumentException("summary: " + levels + " levels are below 0");
        }
        List<List<String>> rows = new ArrayList<>();
        rows.add(HEADER);
        folded(summary.layers(), levels).forEach(layer -> rows.add(row(layer)));
        rows.add(List.of(
                "total",
                "",
                "",
                number(summary.parameters()),
                number(summary.savedBytes()),
                number(summary.multiplyAdds())));
        List<String> facts = new ArrayList<>();
        facts.add("parameters: " + bytes(summary.parameterBytes()));
        facts.add("saved for backward: " + bytes(summary.savedBytes()));
        facts.add("peak of activations in forward: " + known(summary.peakForwardBytes(), SummaryTable::bytes));
        facts.add("peak of what is held for backward in a step: "
                + known(summary.peakActivationBytes(), SummaryTable::bytes));
        facts.add("multiply-adds that a step repeats: " + known(summary.repeatedMultiplyAdds(), SummaryTable::number));
        return aligned(rows) + String.join(System.lineSeparator(), facts) + System.lineSeparator();
    }

    private static List<LayerSummary> folded(List<LayerSummary> layers, int levels) {
        Map<String, LayerSummary> kept = new LinkedHashMap<>();
        for (LayerSummary layer : layers) {
            String path = prefix(layer.path(), levels);
            kept.merge(path, path.equals(layer.path()) ? layer : holder(path, layer), SummaryTable::with);
        }
        return List.copyOf(kept.values());
    }

    /** Of a module that has no line of its own. */
    private static LayerSummary holder(String path, LayerSummary layer) {
        return new LayerSummary(
                path,
                "",
                Math.min(layer.calls(), 1),
                List.of(),
                layer.parameters(),
                layer.savedBytes(),
                layer.multiplyAdds());
    }

    private static String prefix(String path, int levels) {
        return Arrays.stream(path.split("\\.", -1)).limit(levels).collect(Collectors.joining("."));
    }

    private static LayerSummary with(LayerSummary outer, LayerSummary inner) {
        return new LayerSummary(
                outer.path(),
                outer.type(),
                outer.calls(),
                outer.outputs(),
                outer.parameters() + inner.parameters(),
                outer.savedBytes() + inner.savedBytes(),
                outer.multiplyAdds() + inner.multiplyAdds());
    }

    private static List<String> row(LayerSummary layer) {
        String times = layer.calls() > 1 ? " × " + layer.calls() : layer.calls() == 0 ? " (never called)" : "";
        return List.of(
                layer.path().isEmpty() ? "(model)" : layer.path(),
                layer.type() + times,
                layer.outputs().stream().map(TensorSpec::toString).collect(Collectors.joining(", ")),
                number(layer.parameters()),
                number(layer.savedBytes()),
                number(layer.multiplyAdds()));
    }

    private static String known(OptionalLong value, LongFunction<String> words) {
        return value.isPresent() ? words.apply(value.getAsLong()) : "unknown";
    }

    private static String number(long value) {
        return String.format(Locale.ROOT, "%,d", value);
    }

    private static String bytes(long value) {
        for (int i = 0; i < UNITS.length; i++) {
            if (value >= UNITS[i]) {
                return String.format(
                        Locale.ROOT, "%,d bytes = %.1f %s", value, (double) value / UNITS[i], NAMES.get(i));
            }
        }
        return number(value) + " bytes";
    }

    private static String aligned(List<List<String>> rows) {
        int[] widths = new int[HEADER.size()];
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                widths[i] = Math.max(widths[i], row.get(i).length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            for (int i = 0; i < widths.length; i++) {
                String pad = " ".repeat(widths[i] - row.get(i).length());
                String gap = i == 0 ? "" : "  ";
                text.append(i < TEXTS ? gap + row.get(i) + pad : gap + pad + row.get(i));
            }
            text.append(System.lineSeparator());
        }
        return text.toString();
    }
}
