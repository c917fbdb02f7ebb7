package org.backpropaganda.experiments.export;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.backpropaganda.experiments.peak.StepLog;

/** The files that tell of a single step. */
public final class StepFiles {
    private StepFiles() {}

    /**
     * Writes those that are wanted; none of an empty log, as of a run whose steps overlap.
     *
     * @param name of the run, as of its strategy
     * @param trace where a {@link ChromeTrace} is to be, if anywhere
     * @param snapshot where a {@link MemorySnapshot} is to be, if anywhere
     */
    public static void write(StepLog log, String name, Optional<String> trace, Optional<String> snapshot)
            throws IOException {
        if (log.events().isEmpty()) {
            return;
        }
        if (trace.isPresent()) {
            ChromeTrace.write(log, name, Path.of(trace.get()));
        }
        if (snapshot.isPresent()) {
            MemorySnapshot.write(log, Path.of(snapshot.get()));
        }
    }
}
