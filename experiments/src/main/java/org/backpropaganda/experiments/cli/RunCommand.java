package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.TrainingRun;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One strategy in this JVM: what a comparison starts for each. */
@Command(name = "run", hidden = true, description = "Trains under one strategy; started by compare.")
final class RunCommand implements Callable<Integer> {
    /** Tells the parent that this run failed, while others may do. */
    private static final int OUT_OF_MEMORY = 3;

    @Option(names = "--config", required = true)
    private Path config = Path.of("");

    @Option(names = "--strategy", required = true)
    private String strategy = "";

    @Option(names = "--first-batch", required = true)
    private Path firstBatch = Path.of("");

    @Option(names = "--reference-only")
    private boolean referenceOnly;

    @Option(names = "--reference")
    private @Nullable Path reference;

    @Option(names = "--result")
    private @Nullable Path result;

    @Option(names = "--timeline")
    private @Nullable Path timeline;

    @Override
    public Integer call() throws IOException {
        Parent.endWith();
        try {
            return train();
        } catch (OutOfMemoryError e) {
            System.err.println(Main.line(Sentences.of(e)));
            return OUT_OF_MEMORY;
        }
    }

    private int train() throws IOException {
        RunConfig settings = Json.read(config, RunConfig.class);
        if (referenceOnly) {
            settings = settings.oneStep();
        }
        try (TrainingRun run = new TrainingRun(settings, Strategy.parse(strategy))) {
            run.train(firstBatch, (step, of) -> System.out.println("step " + step + " " + of));
            if (timeline != null) {
                Files.write(timeline, run.timeline().toCsv());
            }
            if (result != null) {
                Json.write(result, run.result(reference == null ? null : TrainingRun.fidelity(firstBatch, reference)));
            }
        }
        return 0;
    }
}
