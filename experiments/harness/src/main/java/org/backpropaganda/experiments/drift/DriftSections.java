package org.backpropaganda.experiments.drift;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.backpropaganda.experiments.page.Axis;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Column;
import org.backpropaganda.experiments.page.Curve;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Lines;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Table;
import org.backpropaganda.experiments.page.Words;
import org.jspecify.annotations.Nullable;

/** The sections of a page of drifts. */
public final class DriftSections {
    private DriftSections() {}

    /** A table of all results, and a chart for each depth. */
    public static List<Section> of(List<DriftResult> results) {
        List<Block> charts = new ArrayList<>();
        for (int depth : new TreeSet<>(results.stream().map(DriftResult::depth).toList())) {
            List<Curve> curves = new ArrayList<>();
            results.stream().filter(result -> result.depth() == depth).forEach(result -> {
                curves.add(curve(DriftReport.name(result), result.free()));
                DriftResult.Way bounded = result.bounded();
                if (bounded != null) {
                    curves.add(curve(DriftReport.name(result) + " held", bounded));
                }
            });
            charts.add(new Lines(
                    "Error of reconstructed streams at depth " + depth,
                    Axis.linear("couplings undone", Format.COUNT),
                    Axis.logarithmic("max |x̃ − x| / max |x|", Format.ERROR),
                    curves));
        }
        List<Block> tables = new ArrayList<>();
        tables.add(table(results));
        List<String> failures = results.stream()
                .flatMap(result -> Stream.of(result.free().failure(), result.refusal())
                        .filter(Objects::nonNull)
                        .map(why -> DriftReport.name(result) + " of depth " + result.depth() + ": " + why))
                .toList();
        if (!failures.isEmpty()) {
            tables.add(new Words("What failed", failures, false));
        }
        return List.of(
                new Section(
                        "drift",
                        "Drift",
                        "What the way back through reversible couplings does to streams and gradients; anchors are streams that are"
                                + " kept.",
                        tables),
                new Section(
                        "curves",
                        "Errors on the way back",
                        "Each coupling that is undone adds to the error. What has not drifted at all is not drawn.",
                        charts));
    }

    private static Curve curve(String name, DriftResult.Way way) {
        List<@Nullable Double> errors = new ArrayList<>();
        way.errors().forEach(error -> errors.add(Double.isFinite(error) ? error : null));
        Collections.reverse(errors);
        return new Curve(
                name,
                Curve.Style.LINE,
                IntStream.rangeClosed(1, errors.size()).boxed().toList(),
                errors);
    }

    private static Table table(List<DriftResult> results) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (DriftResult result : results) {
            rows.add(row(DriftReport.name(result), result, result.free()));
            DriftResult.Way bounded = result.bounded();
            if (bounded != null && !bounded.anchors().equals(result.free().anchors())) {
                rows.add(row(DriftReport.name(result) + ", held", result, bounded));
            }
        }
        return new Table(
                "Errors and bytes of each coupling",
                List.of(
                        Column.words("coupling"),
                        Column.of("depth", Format.COUNT),
                        Column.of("anchors", Format.COUNT),
                        Column.of("bits kept of an element", Format.COUNT),
                        Column.bars("saved", Format.BYTES),
                        Column.of("stream error", Format.ERROR),
                        Column.of("gradient error", Format.ERROR),
                        Column.of("elements that differ", Format.COUNT)),
                rows);
    }

    private static List<@Nullable Object> row(String name, DriftResult result, DriftResult.Way way) {
        boolean failed = way.failure() != null;
        return Table.row(
                name,
                result.depth(),
                way.anchors().size(),
                result.bitsPerElement(),
                failed ? null : way.savedActivationBytes(),
                error(way.streamError()),
                failed ? "fails" : error(way.gradientError()),
                way.differingElements());
    }

    private static Object error(@Nullable Double error) {
        return error == null || !Double.isFinite(error) ? "overflow" : error;
    }
}
