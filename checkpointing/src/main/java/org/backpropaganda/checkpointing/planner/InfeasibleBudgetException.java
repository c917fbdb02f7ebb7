package org.backpropaganda.checkpointing.planner;

/** No step of a model fits into the bytes that a plan was asked for; the message names the fewest that one does, and why. */
public final class InfeasibleBudgetException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final long budgetBytes;
    private final long leastBytes;
    private final String bindingBlock;

    InfeasibleBudgetException(long budgetBytes, long leastBytes, String bindingBlock) {
        super("no step fits into " + budgetBytes + " bytes: the least is " + leastBytes + ", which " + bindingBlock
                + " sets; give more, allow more techniques, or take a smaller batch");
        this.budgetBytes = budgetBytes;
        this.leastBytes = leastBytes;
        this.bindingBlock = bindingBlock;
    }

    /** What was asked for. */
    public long budgetBytes() {
        return budgetBytes;
    }

    /** The least bytes that a step was found to need. */
    public long leastBytes() {
        return leastBytes;
    }

    /** The block whose step needs the least bytes. */
    public String bindingBlock() {
        return bindingBlock;
    }
}
