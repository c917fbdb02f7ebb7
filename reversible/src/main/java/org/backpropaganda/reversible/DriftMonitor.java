package org.backpropaganda.reversible;

/**
 * Is told how far reconstructed streams are from those of the forward run. It costs what reversibility saves: a monitored
 * sequence keeps the streams in front of every coupling.
 *
 * <pre>{@code
 * ReversibleSequence sequence = ReversibleSequence.builder(couplings)
 *         .monitor(drift -> System.out.println(drift))
 *         .build();
 * }</pre>
 */
@FunctionalInterface
public interface DriftMonitor {
    /** Takes what was measured in front of one coupling, the last coupling first. */
    void reconstructed(Drift drift);

    /**
     * How far the streams in front of a coupling are from the kept ones.
     *
     * @param path of the sequence in the model; empty for the model itself
     * @param coupling its number, from 0 on
     * @param undone how many couplings were undone since streams were exact: at the sequence's end, or at an anchor
     * @param relativeError the largest over all streams of max |x̃ − x| / max |x|; infinite or NaN where the reconstruction
     *     overflowed
     */
    record Drift(String path, int coupling, int undone, double relativeError) {}
}
