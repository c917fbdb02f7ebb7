package org.backpropaganda.autograd.check;

import java.util.Comparator;
import java.util.List;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * What a {@link GradientCheck} found.
 *
 * @param check what was asked
 * @param entries the worst derivative of each input and parameter, inputs first
 */
public record GradientReport(GradientCheck check, List<Entry> entries) {
    /**
     * The worst derivative of one tensor.
     *
     * @param name {@code "input 0"}, or the path of a parameter
     * @param spec shape and element type
     * @param index row-major number of the element, or -1 for a random direction
     * @param analytic by backward
     * @param numeric by finite differences
     * @param relativeError {@code |analytic − numeric| / (floor + max(|analytic|, |numeric|))} with
     *     floor = absolute / relative tolerance: at most the relative tolerance if the check passes
     */
    public record Entry(
            String name, TensorSpec spec, int index, double analytic, double numeric, double relativeError) {
        @Override
        public String toString() {
            return name + " " + spec + ", " + (index < 0 ? "a random direction" : "element " + index)
                    + ": backward says "
                    + analytic + ", finite differences " + numeric + " (relative error "
                    + String.format("%.2e", relativeError) + ")";
        }
    }

    /** The entry of the largest error. */
    public Entry worst() {
        return entries.stream()
                .max(Comparator.comparingDouble(Entry::relativeError))
                .orElseThrow(() -> new IllegalStateException("gradient check: nothing was differentiated"));
    }

    /** Whether every derivative is within the tolerances. */
    public boolean passed() {
        return entries.stream().allMatch(this::isWithinTolerance);
    }

    private boolean isWithinTolerance(Entry entry) {
        return entry.relativeError() <= check.relativeTolerance();
    }

    /**
     * This report, if the check passed.
     *
     * @throws AssertionError otherwise, with every failing tensor
     */
    public GradientReport orThrow() {
        if (!passed()) {
            throw new AssertionError(toString());
        }
        return this;
    }

    @Override
    public String toString() {
        String settings = " (seed " + check.seed() + ", step " + check.step() + ", relative tolerance "
                + check.relativeTolerance() + ", absolute " + check.absoluteTolerance() + ")";
        if (passed()) {
            return "gradient check passed" + settings + (entries.isEmpty() ? "" : "; worst: " + worst());
        }
        return "gradient check failed" + settings
                + "; if the point lies at a kink, move it:"
                + entries.stream()
                        .filter(entry -> !isWithinTolerance(entry))
                        .map(entry -> "\n  " + entry)
                        .collect(Collectors.joining());
    }
}
