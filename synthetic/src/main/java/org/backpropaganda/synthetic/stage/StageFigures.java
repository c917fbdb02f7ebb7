package org.backpropaganda.synthetic.stage;

/**
 * What one stage on a thread of its own did with its time.
 *
 * @param stage its number
 * @param busyNanos in which it ran or learned
 * @param waitingNanos in which it waited for a message, or for room to send one: its bubble
 * @param deepestQueue messages that its queue of results held at most
 * @param updates that it made of its weights
 * @param meanStaleness updates between a batch's run and the update with its gradient, on the average
 * @param mostStaleness at most
 * @param predictorBytes of the weights of its predictor or head
 */
public record StageFigures(
        int stage,
        long busyNanos,
        long waitingNanos,
        int deepestQueue,
        long updates,
        double meanStaleness,
        long mostStaleness,
        long predictorBytes) {}
