package org.backpropaganda.experiments.drift;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.reversible.AnchorPlacement;
import org.backpropaganda.reversible.DriftMonitor;
import org.jspecify.annotations.Nullable;

/** Measures the drift of one model at its first step. */
public final class DriftRun {
    private final DriftStep step;
    private final Map<String, double[]> reference;

    private DriftRun(DriftStep step) {
        this.step = step;
        this.reference = step.run(List.of()).gradients();
    }

    /**
     * Takes the way back once, and where a bound is given once more with anchors that keep the drift under it.
     *
     * @param spec of a model of one run of couplings
     * @param batch images
     * @param seed of weights and inputs
     * @param bound of max |x̃ − x| / max |x| of every stream in front of every coupling, and of the worst parameter's
     *     ‖g − g₀‖₂ / ‖g₀‖₂; null for none
     */
    public static DriftResult of(ModelSpec spec, int batch, long seed, int threads, @Nullable Double bound) {
        DriftRun run = new DriftRun(new DriftStep(spec, batch, seed, threads));
        WatchedReversible technique = new WatchedReversible(Set.of(), null);
        DriftResult.Way free = run.way(technique, Set.of());
        Held held = bound == null ? new Held(null, null) : run.held(bound);
        return new DriftResult(
                spec.coupling().map(CouplingKind::name).orElse(""),
                spec.depth(),
                technique.sequence().couplings().size(),
                technique.sequence().couplings().get(0).bitsPerElement(),
                free,
                held.way(),
                held.refusal());
    }

    /** A way within a bound, or why there is none. */
    private record Held(
            DriftResult.@Nullable Way way, @Nullable String refusal) {}

    /** A gradient may err by more than the streams that it is computed from: these are held the closer, until it does not. */
    private Held held(double bound) {
        try {
            for (double streams = bound; ; streams /= 2) {
                Set<Integer> anchors = placed(streams);
                DriftResult.Way way = way(new WatchedReversible(anchors, null), anchors);
                Double error = way.gradientError();
                if (error != null && error <= bound) {
                    return new Held(way, null);
                }
            }
        } catch (IllegalArgumentException tooTight) {
            return new Held(null, tooTight.getMessage());
        }
    }

    private Set<Integer> placed(double bound) {
        WatchedReversible technique = new WatchedReversible(Set.of(), null);
        return step.streams(
                technique, streams -> AnchorPlacement.measured(technique.sequence(), streams, bound, step.seed()));
    }

    /** Watching costs what reversibility saves, so bytes and gradients are those of a step that nobody watches. */
    private DriftResult.Way way(WatchedReversible unwatched, Set<Integer> anchors) {
        List<Double> errors = errors(anchors);
        double worst = errors.stream().reduce(0.0, DriftRun::worse);
        try {
            DriftStep.Result result = step.run(List.<Technique>of(unwatched));
            return new DriftResult.Way(
                    unwatched.sequence().anchors(),
                    result.savedActivationBytes(),
                    errors,
                    worst,
                    gradientError(result.gradients()),
                    differing(result.gradients()),
                    null);
        } catch (ArithmeticException overflow) {
            return new DriftResult.Way(
                    unwatched.sequence().anchors(), 0, errors, worst, null, null, overflow.getMessage());
        }
    }

    private List<Double> errors(Set<Integer> anchors) {
        List<DriftMonitor.Drift> drifts = new ArrayList<>();
        WatchedReversible watched = new WatchedReversible(anchors, drifts::add);
        try {
            step.run(List.<Technique>of(watched));
        } catch (ArithmeticException overflow) {
            // The drifts up to where it was refused tell of it.
        }
        List<Double> errors = new ArrayList<>(
                Collections.nCopies(watched.sequence().couplings().size(), Double.NaN));
        drifts.forEach(drift -> errors.set(drift.coupling(), drift.relativeError()));
        return errors;
    }

    private static double worse(double one, double other) {
        return Double.isNaN(one) || Double.isNaN(other) ? Double.NaN : Math.max(one, other);
    }

    private double gradientError(Map<String, double[]> gradients) {
        double worst = 0;
        for (Map.Entry<String, double[]> entry : reference.entrySet()) {
            double[] g0 = entry.getValue();
            double[] g = Objects.requireNonNull(gradients.get(entry.getKey()));
            double difference = 0;
            double norm = 0;
            for (int i = 0; i < g0.length; i++) {
                difference += (g[i] - g0[i]) * (g[i] - g0[i]);
                norm += g0[i] * g0[i];
            }
            worst = norm == 0 ? worst : worse(worst, Math.sqrt(difference / norm));
        }
        return worst;
    }

    private long differing(Map<String, double[]> gradients) {
        long count = 0;
        for (Map.Entry<String, double[]> entry : reference.entrySet()) {
            double[] g0 = entry.getValue();
            double[] g = Objects.requireNonNull(gradients.get(entry.getKey()));
            for (int i = 0; i < g0.length; i++) {
                count += Double.doubleToRawLongBits(g0[i]) == Double.doubleToRawLongBits(g[i]) ? 0 : 1;
            }
        }
        return count;
    }
}
