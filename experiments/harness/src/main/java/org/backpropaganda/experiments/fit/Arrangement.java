package org.backpropaganda.experiments.fit;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.technique.Techniques;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.model.StepParts;
import org.jspecify.annotations.Nullable;

/**
 * A way to train a model: in one technique alone, or in what a planner finds.
 *
 * @param term of the technique, {@code plain} for none; null for a planner
 * @param allowed techniques that a planner may use though they are not exact
 * @param smallestBatch that it is looked for with
 */
record Arrangement(@Nullable String term, List<String> allowed, long smallestBatch) {
    private static final String PIECES = "pieces:";
    private static final List<String> EXACT = List.of(StepRun.PLAIN, "checkpoint", "cheap");
    private static final List<String> LOSSY = List.of("abn", "reversible", "save:q8", PIECES + "4");

    /** All that fit a model: techniques alone, a planner of exact ones, and one that is allowed the others. */
    static List<Arrangement> of(SizedModel model, int threads) {
        List<Arrangement> all = new ArrayList<>();
        EXACT.forEach(term -> all.add(alone(term, model)));
        List<String> fitting = new ArrayList<>();
        for (String term : LOSSY) {
            if (fits(term, model, threads)) {
                all.add(alone(term, model));
                fitting.add(term);
            }
        }
        all.add(new Arrangement(null, List.of(), model.smallestBatch()));
        all.add(new Arrangement(null, List.copyOf(fitting), model.smallestBatch()));
        return all;
    }

    /** A batch in pieces has as many samples at least. */
    private static Arrangement alone(String term, SizedModel model) {
        long pieces = term.startsWith(PIECES) ? Long.parseLong(term.substring(PIECES.length())) : 1;
        return new Arrangement(term, List.of(), Math.max(pieces, model.smallestBatch()));
    }

    private static boolean fits(String term, SizedModel model, int threads) {
        try (Engine engine = Engine.builder().threads(threads).withoutMemory().build()) {
            StepParts parts = model.step(model.smallestBatch(), engine.scope(""));
            return Techniques.parse(term)
                    .filter(technique -> technique
                            .refusal(parts.structure(), parts.settings())
                            .isEmpty())
                    .isPresent();
        }
    }

    /** Whether plans are looked for. */
    boolean isPlanned() {
        return term == null;
    }

    /** What the table calls it. */
    String label() {
        if (term == null) {
            return allowed.isEmpty() ? "planner" : "planner, allowed `" + String.join("`, `", allowed) + "`";
        }
        return smallestBatch > 2 ? "`" + term + "`, from " + smallestBatch + " on" : "`" + term + "`";
    }

    /** The most bytes that are live in a step, or for a planner the least that such can be. */
    long peakBytes(SizedModel model, long batch, int threads) {
        try (Engine engine = Engine.builder().threads(threads).withoutMemory().build()) {
            return term != null
                    ? StepRun.peakBytes(model, batch, engine, StepRun.alone(term))
                    : model.step(batch, engine.scope(""))
                            .planner(engine)
                            .allow(allowed.toArray(String[]::new))
                            .leastBytes();
        }
    }
}
