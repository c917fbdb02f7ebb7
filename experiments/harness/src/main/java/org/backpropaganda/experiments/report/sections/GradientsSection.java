package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.experiments.page.HeatStrip;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;

/** Gradient errors by layer. */
final class GradientsSection {
    private GradientsSection() {}

    static Section of(List<NamedRun> runs) {
        Set<String> layers = new LinkedHashSet<>();
        runs.forEach(run -> {
            RunResult.GradientFidelity gradient = run.result().gradient();
            if (gradient != null) {
                layers.addAll(gradient.layers().keySet());
            }
        });
        List<HeatStrip.Strip> strips = new ArrayList<>();
        for (NamedRun run : runs) {
            RunResult.GradientFidelity gradient = run.result().gradient();
            if (gradient != null) {
                strips.add(new HeatStrip.Strip(run.name(), errors(gradient, layers)));
            }
        }
        return new Section(
                "gradients",
                "Gradient error by layer",
                "‖g − g₀‖₂ / ‖g₀‖₂ of each layer's parameters on the first batch, against plain backpropagation. Layers whose gradients"
                        + " are plain's to the bit under every strategy are left out.",
                layers.isEmpty()
                        ? List.of()
                        : List.of(new HeatStrip("Gradient error by layer", List.copyOf(layers), strips)));
    }

    private static List<@Nullable Double> errors(RunResult.GradientFidelity gradient, Set<String> layers) {
        List<@Nullable Double> errors = new ArrayList<>();
        for (String layer : layers) {
            RunResult.Layer found = gradient.layers().get(layer);
            errors.add(found == null ? Double.valueOf(0) : found.relativeError());
        }
        return errors;
    }
}
