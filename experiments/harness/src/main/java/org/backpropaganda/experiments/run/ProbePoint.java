package org.backpropaganda.experiments.run;

import java.util.Locale;
import org.backpropaganda.synthetic.probe.BoundaryFidelity;
import org.jspecify.annotations.Nullable;

/**
 * A point of the curves of a run whose modules learn from predictions: how near one came to the gradient of backpropagation on the same
 * weights and batch. The names are those of {@code report.json}.
 *
 * @param step in front of which it was taken, counted from 0
 * @param boundary counted from the input
 * @param cosine between the two; 0 if either is zero
 * @param signAgreement the share of elements of the same sign
 * @param relativeError ‖ĝ − δ‖₂ / ‖δ‖₂; null where it is not finite
 * @param normRatio ‖ĝ‖₂ / ‖δ‖₂; null where it is not finite
 */
public record ProbePoint(
        int step,
        int boundary,
        @Nullable Double cosine,
        double signAgreement,
        @Nullable Double relativeError,
        @Nullable Double normRatio) {

    static ProbePoint of(int step, BoundaryFidelity fidelity) {
        return new ProbePoint(
                step,
                fidelity.boundary(),
                finite(fidelity.cosine()),
                fidelity.signAgreement(),
                finite(fidelity.relativeError()),
                finite(fidelity.normRatio()));
    }

    /** In words, for a line of output. */
    public String words() {
        return "step " + step + ", boundary " + boundary + ": cosine " + rounded(cosine) + ", signs "
                + rounded(signAgreement) + ", relative error " + rounded(relativeError) + ", norms "
                + rounded(normRatio);
    }

    private static String rounded(@Nullable Double value) {
        return value == null ? "-" : String.format(Locale.ROOT, "%.4f", value);
    }

    private static @Nullable Double finite(double value) {
        return Double.isFinite(value) ? value : null;
    }
}
