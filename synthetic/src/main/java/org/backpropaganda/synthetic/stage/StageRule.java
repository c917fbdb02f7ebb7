package org.backpropaganda.synthetic.stage;

/**
 * What a stage keeps of a batch until the gradient of its result comes, with which weights it differentiates then, and how
 * many ticks a message is under way. A method of stale gradients is one such rule.
 *
 * <pre>
 * method            kept      weights  forward  backward   a stage k of K waits, and keeps
 * backpropagation   GRAPH     NOW      0        0          0 ticks
 * DDG               GRAPH     THEN     0        1          K−1−k ticks, K−k graphs
 * features replay   INPUT     NOW      0        1          K−1−k ticks, K−k inputs
 * PETRA             NOTHING   NOW      1        1          2(K−1−k) ticks, nothing
 * </pre>
 *
 * <pre>{@code
 * StageRule rule = StageRule.petra(false, true, true);
 * }</pre>
 *
 * @param kept between a batch's forward and its backward
 * @param weights that backward differentiates at
 * @param forwardTicks that a result is under way to the next stage: 1 where all stages run at once, 0 where each waits for the
 *     one before it
 * @param backwardTicks that a gradient is under way to the stage before: 0 where each waits for the one behind it
 */
public record StageRule(Kept kept, Weights weights, int forwardTicks, int backwardTicks) {

    /** What is held of a batch. */
    public enum Kept {
        /** All that backward needs: nothing is computed twice. */
        GRAPH,
        /** What the module was called with: it is called again. */
        INPUT,
        /**
         * Nothing: the input is computed from the output, which comes back with its gradient, by a module that can. One that
         * cannot keeps its input.
         */
        NOTHING
    }

    /** At which weights a stage differentiates. */
    public enum Weights {
        /** Those of the batch's forward, of which copies are kept until its backward if they are modified in between. */
        THEN,
        /** Those of the moment. */
        NOW
    }

    /** Checks. */
    public StageRule {
        if (forwardTicks < 0 || forwardTicks > 1 || backwardTicks < 0 || backwardTicks > 1) {
            throw new IllegalArgumentException("stage rule: ticks " + forwardTicks + " forward and " + backwardTicks
                    + " backward; a message is under way for 0 or 1");
        }
        if (forwardTicks == 1 && backwardTicks == 0) {
            throw new IllegalArgumentException(
                    "stage rule: forward does not wait but backward does; where results are a tick"
                            + " under way, gradients are too");
        }
        if (backwardTicks > 0) {
            requireTime(kept, weights);
        }
    }

    /** Every stage waits for all others: backpropagation, stage by stage. */
    public static StageRule backpropagation() {
        return new StageRule(Kept.GRAPH, Weights.NOW, 0, 0);
    }

    /**
     * Decoupled parallel backpropagation with delayed gradients: forward passes through all stages, and each differentiates the
     * graph of an earlier batch, at the weights that it had.
     *
     * <p>Source: Huo, Gu, Yang and Huang 2018, "Decoupled Parallel Backpropagation with Convergence Guarantee", algorithm 1.
     */
    public static StageRule ddg() {
        return new StageRule(Kept.GRAPH, Weights.THEN, 0, 1);
    }

    /**
     * Features replay: as {@link #ddg}, but a stage keeps inputs, and computes again from them with the weights of the moment.
     *
     * <p>Source: Huo, Gu and Huang 2018, "Training Neural Networks Using Features Replay", algorithm 1.
     */
    public static StageRule featuresReplay() {
        return new StageRule(Kept.INPUT, Weights.NOW, 0, 1);
    }

    /** PETRA: neither inputs nor weights nor graphs are kept. */
    public static StageRule petra() {
        return petra(false, true, true);
    }

    /**
     * PETRA with its ablations: all stages run at once; by what they keep, the gradients are those of backpropagation, delayed,
     * or of the moment. At weights that do not move all are the same.
     *
     * <p>Source: Rivaud et al. 2025, "PETRA: Parallel End-to-end Training with Reversible Architectures", § 3 and the
     * authors' options {@code --store-vjp}, {@code --remove-ctx-input} and {@code --remove-ctx-param}.
     *
     * @param storesVjp whether the graph of the forward is kept; the other two are without effect then
     * @param removesInput whether no input is kept: it is reconstructed, where a module can
     * @param removesParameters whether no weights are kept: those of the moment are taken
     */
    public static StageRule petra(boolean storesVjp, boolean removesInput, boolean removesParameters) {
        return new StageRule(
                storesVjp ? Kept.GRAPH : removesInput ? Kept.NOTHING : Kept.INPUT,
                storesVjp || !removesParameters ? Weights.THEN : Weights.NOW,
                1,
                1);
    }

    private static void requireTime(Kept kept, Weights weights) {
        if (kept == Kept.GRAPH && weights == Weights.NOW) {
            throw new IllegalArgumentException(
                    "stage rule: a graph that is kept while weights move is that of the weights of"
                            + " then; keep graphs with weights THEN, or inputs with weights NOW");
        }
    }

    /** Refuses messages that come at any time where weights have to stay until a batch's gradient has come. */
    void requireMayBeLate() {
        requireTime(kept, weights);
    }
}
