package org.backpropaganda.synthetic.stage;

/**
 * How stages on threads of their own go together. Each uses the kernels' threads that its engine has: build the engine with
 * as many as there are processors for one stage.
 *
 * <pre>{@code
 * Threading threading = Threading.disciplined();   // the bits of the twin on one thread
 * }</pre>
 *
 * @param isFree whether a stage takes what is there, in whatever order it comes; otherwise in the order of the twin
 * @param depth results that a queue holds, at least 1. A free stage waits for the gradients of as many batches more than the
 *     rule has it wait for
 */
public record Threading(boolean isFree, int depth) {
    private static final int USUAL_DEPTH = 2;

    /** Checks. */
    public Threading {
        if (depth < 1) {
            throw new IllegalArgumentException("threading: queues of " + depth + "; give at least 1");
        }
    }

    /** In the order of the twin: the same bits. */
    public static Threading disciplined() {
        return new Threading(false, USUAL_DEPTH);
    }

    /** Each stage as fast as it can. */
    public static Threading free() {
        return new Threading(true, USUAL_DEPTH);
    }
}
