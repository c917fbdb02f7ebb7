package org.backpropaganda.checkpointing.compress;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.jspecify.annotations.Nullable;

/**
 * Which layers lose most of the gradients under a policy that loses bits. The layers are halved, each half is packed alone, and a
 * half that matters is halved again, down to single layers: what loses nothing to speak of is passed over as a whole.
 *
 * <pre>{@code
 * LossyBisect bisect = LossyBisect.run(step, CompressPolicy.of(new QuantizedCodec(4)));
 * System.out.println(bisect);
 * }</pre>
 *
 * <p>Errors of layers do not add up to that of all: they are of other directions, and one layer's may undo another's.
 *
 * @param all the gradients with everything packed that the policy packs, against those of a run that keeps everything
 * @param findings single layers, and runs of layers that matter little together, by falling error
 */
public record LossyBisect(GradientComparison all, List<Finding> findings) {
    /** The share of the squared error of all below which a run of layers is not halved. */
    public static final double NEGLIGIBLE = 0.01;

    /**
     * What packing some layers alone does.
     *
     * @param paths of the layers, in the order of saving
     * @param difference of the gradients of all parameters from those of a run that keeps everything
     */
    public record Finding(List<String> paths, GradientComparison.Difference difference) {
        /** Copies the paths. */
        public Finding {
            paths = List.copyOf(paths);
        }
    }

    /** Copies the findings. */
    public LossyBisect {
        findings = List.copyOf(findings);
    }

    /** Halves down to what matters more than {@link #NEGLIGIBLE}. */
    public static LossyBisect run(GradientStep step, SavedTensorPolicy policy) {
        return run(step, policy, NEGLIGIBLE);
    }

    /**
     * Runs the step twice, and then once for each half.
     *
     * @param negligible the share of the squared error of all below which a run of layers is not halved; 0 measures every layer
     */
    public static LossyBisect run(GradientStep step, SavedTensorPolicy policy, double negligible) {
        Map<String, double[]> reference = step.gradients(SavedTensorPolicy.keep());
        PackingReport report = new PackingReport(policy);
        GradientComparison all = GradientComparison.of(step.gradients(report), reference);
        Set<String> paths = new LinkedHashSet<>();
        for (PackingReport.Row row : report.rows()) {
            if (!row.isExact()) {
                paths.add(row.name().path());
            }
        }
        double distance = all.total().distance();
        Search search = new Search(step, policy, reference, negligible * distance * distance);
        if (!paths.isEmpty()) {
            search.search(new Finding(List.copyOf(paths), all.total()));
        }
        search.findings.sort(Comparator.comparingDouble(finding -> -finding.difference.distance()));
        return new LossyBisect(all, search.findings);
    }

    private static final class Search {
        private final GradientStep step;
        private final SavedTensorPolicy policy;
        private final Map<String, double[]> reference;
        private final double negligible;
        private final List<Finding> findings = new ArrayList<>();

        Search(GradientStep step, SavedTensorPolicy policy, Map<String, double[]> reference, double negligible) {
            this.step = step;
            this.policy = policy;
            this.reference = reference;
            this.negligible = negligible;
        }

        void search(Finding run) {
            int size = run.paths.size();
            double distance = run.difference.distance();
            if (size == 1 || distance * distance < negligible) {
                findings.add(run);
                return;
            }
            search(measure(run.paths.subList(0, size / 2)));
            search(measure(run.paths.subList(size / 2, size)));
        }

        private Finding measure(List<String> paths) {
            Map<String, double[]> gradients = step.gradients(saving -> {
                SavedTensorCodec codec = policy.choose(saving);
                return codec.isExact() || paths.contains(saving.path()) ? codec : SavedTensorCodec.keep();
            });
            return new Finding(
                    paths, GradientComparison.of(gradients, reference).total());
        }
    }

    /** A table: relative error and cosine of the gradients with everything packed, and of each finding. */
    @Override
    public String toString() {
        StringBuilder table = new StringBuilder();
        line(table, "relative error", "cosine", "packed alone");
        line(table, all.total(), "everything");
        for (Finding finding : findings) {
            List<String> paths = finding.paths;
            String first = name(paths.get(0));
            line(
                    table,
                    finding.difference,
                    paths.size() == 1
                            ? first
                            : first + " … " + name(paths.get(paths.size() - 1)) + " (" + paths.size() + " layers)");
        }
        return table.toString();
    }

    private static String name(String path) {
        return path.isEmpty() ? "(the model itself)" : path;
    }

    private static void line(StringBuilder table, GradientComparison.Difference difference, String what) {
        line(table, number(difference.relativeError(), "%.3e"), number(difference.cosine(), "%.6f"), what);
    }

    private static String number(@Nullable Double value, String format) {
        return value == null ? "–" : String.format(Locale.ROOT, format, value);
    }

    private static void line(StringBuilder table, String error, String cosine, String what) {
        table.append(String.format(Locale.ROOT, "%-16s %-10s %s%n", error, cosine, what));
    }
}
