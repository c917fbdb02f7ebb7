package org.backpropaganda.reversible.abn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Which in-place norms of a model save something in a training step, and why the others do not. It is told by a run on shapes,
 * with the model's γ and β where they have values: nothing is computed, and the model stays as it is.
 *
 * <pre>{@code
 * InPlaceReport report = InPlaceReport.of(model, new TensorSpec(Shape.of(64, 32, 32, 3), DType.FLOAT));
 * report.savingNothing();          // the norms that do not
 * System.out.println(report);      // 5 of 7 norms in place; 2 saved nothing: stem (its input is held elsewhere), …
 * }</pre>
 *
 * <p>A layer or RMS norm saves its output wherever it stands. Where somebody saves its input too, a number a row is all that is
 * gained, and it counts as in place all the same.
 *
 * @param norms each recorded call of one, in the order in which they were recorded
 */
public record InPlaceReport(List<Norm> norms) {
    private static final int NAMED = 4;

    /** What became of a call. */
    public enum Outcome {
        /** Its output stands for its input, and somebody behind it keeps that output anyway. */
        IN_PLACE("in place"),
        /** Its output stands for its input, and is kept for the norm alone. */
        OUTPUT_KEPT_BY_NOBODY_ELSE("nobody else keeps its output"),
        /** Somebody else holds its input, so that it saves what the plain layers save. */
        INPUT_HELD_ELSEWHERE("its input is held elsewhere"),
        /** No channel can be had back from its output, so that it saves what the plain layers save. */
        CANNOT_BE_HAD_BACK("its γ and β let no channel be had back");

        private final String words;

        Outcome(String words) {
            this.words = words;
        }

        @Override
        public String toString() {
            return words;
        }
    }

    /**
     * One call of a norm.
     *
     * @param path of the norm in the model
     * @param lostChannels of which normalised values are kept beside the output
     */
    public record Norm(String path, Outcome outcome, int lostChannels) {}

    /** Copies the list. */
    public InPlaceReport {
        norms = List.copyOf(norms);
    }

    /**
     * The report of a training step.
     *
     * @param inputs shapes and element types of what the model is called with
     * @throws org.backpropaganda.autograd.tensor.ShapeException if they do not fit; the message tells where
     */
    public static InPlaceReport of(Module model, TensorSpec... inputs) {
        return of(model, List.of(inputs), tape -> {});
    }

    /**
     * The report of a training step on a tape that is set up otherwise.
     *
     * @param settings sets the tape up; a policy of its own for the whole model is not asked
     */
    public static InPlaceReport of(Module model, List<TensorSpec> inputs, Consumer<TapeBuilder> settings) {
        SavingsOfNorms savings = new SavingsOfNorms(model);
        ModelSummary.of(model, inputs, tape -> {
            settings.accept(tape);
            tape.policy(savings);
        });
        return new InPlaceReport(savings.norms());
    }

    /** The calls that save nothing against plain layers. */
    public List<Norm> savingNothing() {
        return norms.stream().filter(norm -> norm.outcome() != Outcome.IN_PLACE).toList();
    }

    /** The first few, and how many more there are. */
    private static String few(List<String> paths) {
        String named = paths.stream().limit(NAMED).collect(Collectors.joining(", "));
        return paths.size() <= NAMED ? named : named + " and " + (paths.size() - NAMED) + " more";
    }

    /** A line: how many are in place, and for each reason which are not, the first of them by name. */
    @Override
    public String toString() {
        List<Norm> idle = savingNothing();
        String line = norms.size() - idle.size() + " of " + norms.size() + " norms in place";
        int lost = norms.stream()
                .filter(norm -> norm.outcome() == Outcome.IN_PLACE)
                .mapToInt(Norm::lostChannels)
                .sum();
        if (lost > 0) {
            line += ", with " + lost + " channels kept beside their outputs";
        }
        if (idle.isEmpty()) {
            return line;
        }
        Map<Outcome, List<String>> paths = idle.stream()
                .collect(Collectors.groupingBy(
                        Norm::outcome, LinkedHashMap::new, Collectors.mapping(Norm::path, Collectors.toList())));
        return line + "; " + idle.size() + " saved nothing: "
                + paths.entrySet().stream()
                        .map(each -> few(each.getValue()) + " (" + each.getKey() + ")")
                        .collect(Collectors.joining("; "));
    }
}
