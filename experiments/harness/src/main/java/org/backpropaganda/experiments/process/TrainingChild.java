package org.backpropaganda.experiments.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.backpropaganda.experiments.export.StepFiles;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.TrainingData;
import org.backpropaganda.experiments.run.TrainingRun;

/** One strategy in this JVM: the program that a comparison starts for each. */
public final class TrainingChild {
    private TrainingChild() {}

    /**
     * Trains.
     *
     * @param arguments {@code --config FILE --data FILE --strategy NAME --first-batch FILE}, and of {@code --reference-only true},
     *     {@code --reference FILE}, {@code --result FILE}, {@code --timeline FILE}, {@code --trace FILE} and {@code --snapshot
     *     FILE} what is wanted
     */
    public static void main(String[] arguments) {
        System.exit(ChildProgram.run(arguments, TrainingChild::train));
    }

    private static void train(ChildProgram.Arguments given) throws IOException {
        RunConfig settings = Json.read(given.path("config"), RunConfig.class);
        if (given.find("reference-only").isPresent()) {
            settings = settings.oneStep();
        }
        Path firstBatch = given.path("first-batch");
        TrainingData data = TrainingData.stored(settings, given.path("data"));
        try (TrainingRun run = new TrainingRun(settings, settings.strategy(given.word("strategy")), data)) {
            run.train(firstBatch, (step, of) -> System.out.println("step " + step + " " + of));
            Optional<String> timeline = given.find("timeline");
            if (timeline.isPresent()) {
                Files.write(Path.of(timeline.get()), run.timeline().toCsv());
            }
            StepFiles.write(run.log(), given.word("strategy"), given.find("trace"), given.find("snapshot"));
            Optional<String> result = given.find("result");
            if (result.isPresent()) {
                String reference = given.find("reference").orElse(null);
                Json.write(
                        Path.of(result.get()),
                        run.result(
                                reference == null || !Files.exists(firstBatch)
                                        ? null
                                        : TrainingRun.fidelity(firstBatch, Path.of(reference))));
            }
        }
    }
}
