package org.backpropaganda.autograd.technique;

/**
 * One way to execute a block, as a planner weighs it. Its components bear the names that a chain has as JSON.
 *
 * <p>Transient bytes are the difference between the most that is live while a direction runs and what is counted for it
 * anyway. They are below 0 where something is worked on in its place, as where backward writes the gradient of the input over
 * that of the output.
 *
 * @param name of the way, as the technique calls it
 * @param forward time of forward, in units that all options of a chain share
 * @param backward time of backward in the same units, without that of a replay
 * @param saved bytes that it keeps from forward to backward besides its input and output
 * @param leasesInput whether its backward needs the block's input
 * @param leasesOutput whether its backward needs the block's output
 * @param transientForward bytes that forward takes for as long as it runs, besides input, output and what it saves; below 0
 *     where one of those is never live beside the others
 * @param transientBackward bytes that backward takes for as long as it runs, besides what forward left and the gradients of
 *     input and output; below 0 where one of those is never live beside the others
 */
public record BlockOption(
        String name,
        long forward,
        long backward,
        long saved,
        boolean leasesInput,
        boolean leasesOutput,
        long transientForward,
        long transientBackward) {
    /**
     * Checks the figures.
     *
     * @throws IllegalArgumentException if the name is empty, or a time or what is saved is negative
     */
    public BlockOption {
        if (name.isEmpty()) {
            throw new IllegalArgumentException(
                    "block option: the name is empty; name the technique, and its setting if any");
        }
        require(name, "forward", forward);
        require(name, "backward", backward);
        require(name, "saved", saved);
    }

    private static void require(String name, String what, long figure) {
        if (figure < 0) {
            throw new IllegalArgumentException("block option " + name + ": " + what + " " + figure
                    + " is below 0; times and saved bytes are counted from 0");
        }
    }
}
