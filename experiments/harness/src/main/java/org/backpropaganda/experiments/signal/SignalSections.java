package org.backpropaganda.experiments.signal;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.backpropaganda.experiments.page.Axis;
import org.backpropaganda.experiments.page.Column;
import org.backpropaganda.experiments.page.Curve;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Lines;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Table;
import org.jspecify.annotations.Nullable;

/** The sections of a page of signals. */
public final class SignalSections {
    private SignalSections() {}

    /** A table of all recipes, and their curves by layer. */
    public static List<Section> of(List<Signal> signals) {
        return List.of(
                new Section(
                        "recipes",
                        "Recipes",
                        "Root mean squares at the first step of a deep perceptron. A ratio far from 1 between the first layer's gradient"
                                + " and the last's means that gradients vanish or explode on their way back.",
                        List.of(table(signals))),
                new Section(
                        "layers",
                        "Layer by layer",
                        "On logarithmic axes, where a straight line is a factor a layer.",
                        List.of(
                                chart("Gradient of each layer's activations", signals, Signal::gradients),
                                chart("Each layer's activations", signals, Signal::activations),
                                chart(
                                        "Change of each layer's weights by a step, relative to them",
                                        signals,
                                        Signal::updateRatios))));
    }

    private static Lines chart(String title, List<Signal> signals, Function<Signal, List<Double>> figures) {
        return new Lines(
                title,
                Axis.linear("layer", Format.COUNT),
                Axis.logarithmic("root mean square", Format.ERROR),
                signals.stream()
                        .map(signal -> curve(signal.recipe(), figures.apply(signal)))
                        .toList());
    }

    private static Curve curve(String name, List<Double> sizes) {
        List<@Nullable Double> finite = new ArrayList<>();
        sizes.forEach(size -> finite.add(Double.isFinite(size) ? size : null));
        return new Curve(
                name,
                Curve.Style.LINE,
                IntStream.rangeClosed(1, sizes.size()).boxed().toList(),
                finite);
    }

    private static Table table(List<Signal> signals) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (Signal signal : signals) {
            double first = signal.gradients().get(0);
            double last = last(signal.gradients());
            rows.add(Table.row(
                    signal.recipe(),
                    finite(signal.activations().get(0)),
                    finite(last(signal.activations())),
                    finite(first),
                    finite(last),
                    last == 0 ? null : finite(first / last),
                    finite(signal.updateRatios().get(0)),
                    finite(signal.loss())));
        }
        return new Table(
                "Activations, gradients and updates of the first layer and the last",
                List.of(
                        Column.words("recipe"),
                        Column.of("activation: first", Format.ERROR),
                        Column.of("activation: last", Format.ERROR),
                        Column.of("gradient: first", Format.ERROR),
                        Column.of("gradient: last", Format.ERROR),
                        Column.of("gradient: first / last", Format.ERROR),
                        Column.of("update: first", Format.ERROR),
                        Column.of("loss", Format.NUMBER)),
                rows);
    }

    private static double last(List<Double> values) {
        return values.get(values.size() - 1);
    }

    private static Object finite(double value) {
        return Double.isFinite(value) ? value : "not finite";
    }
}
