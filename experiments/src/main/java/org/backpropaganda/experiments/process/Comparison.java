package org.backpropaganda.experiments.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;

/**
 * Trains one model under several strategies, each in a JVM of its own, from the same weights on the same batches. A plain
 * child of one step makes the reference gradients first.
 */
public final class Comparison {
    private final RunConfig config;
    private final Path work;

    /**
     * A comparison.
     *
     * @param work a directory for what children write
     */
    public Comparison(RunConfig config, Path work) {
        this.config = config;
        this.work = work;
    }

    /** What a run left: its result, or why there is none. */
    public record Outcome(Strategy strategy, @Nullable RunResult result, String failure, Path timeline, Path log) {}

    /** Told how far a run is. */
    @FunctionalInterface
    public interface Progress {
        void at(String run, int step, int of);
    }

    /** Runs them one after another. A run that fails does not end the others. */
    public List<Outcome> run(List<Strategy> strategies, Progress progress) throws IOException {
        Path configFile = work.resolve("config.json");
        Json.write(configFile, config);
        Path reference = work.resolve("reference.bin");
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("--config", configFile);
        Path referenceLog = work.resolve("reference.log");
        ChildJvm child = new ChildJvm(config.threads(), referenceLog);
        List<String> arguments = arguments(Strategy.PLAIN, files);
        arguments.addAll(List.of("--first-batch", reference.toString(), "--reference-only"));
        progress.at("reference", 0, 1);
        int code = child.run(arguments, line -> {});
        if (code != 0) {
            throw failure(code, "the reference run failed: " + child.lastWords());
        }
        progress.at("reference", 1, 1);
        List<Outcome> outcomes = new ArrayList<>();
        for (Strategy strategy : strategies) {
            outcomes.add(runOne(strategy, configFile, reference, progress));
        }
        return outcomes;
    }

    private Outcome runOne(Strategy strategy, Path configFile, Path reference, Progress progress) throws IOException {
        Path result = work.resolve(strategy + ".json");
        Path timeline = work.resolve("timeline-" + strategy + ".csv");
        Path log = work.resolve(strategy + ".log");
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("--config", configFile);
        files.put("--first-batch", work.resolve(strategy + ".bin"));
        files.put("--reference", reference);
        files.put("--result", result);
        files.put("--timeline", timeline);
        ChildJvm child = new ChildJvm(config.threads(), log);
        int code = child.run(arguments(strategy, files), line -> {
            String[] words = line.split(" ", -1);
            if (words.length == 3 && words[0].equals("step")) {
                progress.at(strategy.toString(), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            }
        });
        Files.deleteIfExists(work.resolve(strategy + ".bin"));
        return code == 0
                ? new Outcome(strategy, Json.read(result, RunResult.class), "", timeline, log)
                : new Outcome(strategy, null, child.lastWords(), timeline, log);
    }

    private static List<String> arguments(Strategy strategy, Map<String, Path> files) {
        List<String> arguments = new ArrayList<>(List.of("run", "--strategy", strategy.toString()));
        files.forEach((option, file) -> arguments.addAll(List.of(option, file.toString())));
        return arguments;
    }

    private static RuntimeException failure(int code, String message) {
        return code == 2 ? new UserException(message) : new IllegalStateException(message);
    }
}
