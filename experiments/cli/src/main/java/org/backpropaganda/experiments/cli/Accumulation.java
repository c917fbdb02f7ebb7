package org.backpropaganda.experiments.cli;

import picocli.CommandLine.Option;

/** How a step's batch is computed, for commands that train. */
final class Accumulation {
    @Option(
            names = "--accumulate",
            paramLabel = "N",
            defaultValue = "1",
            description = "cuts the batch of a step into N micro-batches, whose gradients are added up to one update;"
                    + " batch norms take the statistics of each micro-batch")
    private int microBatches;

    int microBatches() {
        return microBatches;
    }
}
