package org.backpropaganda.synthetic.stage;

/** A stage failed, and all others were stopped. What they held was let go of; weights are as the last updates left them. */
public final class StageFailure extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final int stage;

    StageFailure(int stage, Throwable cause) {
        super("stage " + stage + " failed: " + cause.getMessage(), cause);
        this.stage = stage;
    }

    /** The number of the stage. */
    public int stage() {
        return stage;
    }
}
