package org.backpropaganda.experiments.process;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.export.ExportFormat;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.run.Outcome;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.backpropaganda.experiments.run.TrainingData;
import org.jspecify.annotations.Nullable;

/**
 * Trains one model under several strategies, each in a JVM of its own, from the same weights on the same batches. A plain
 * child of one step makes the reference gradients first.
 */
public final class Comparison {
    private static final String REFERENCE = "reference";

    private final RunConfig config;
    private final Path work;
    private final Path configFile;
    private final Path dataFile;
    private Set<ExportFormat> exports = Set.of();

    /**
     * A comparison. The data are written to a file, which every child reads: they are opened, decoded and summed up once.
     *
     * @param data of the same configuration; not kept
     * @param work a directory for what children read and write
     */
    public Comparison(RunConfig config, TrainingData data, Path work) throws IOException {
        this.config = config;
        this.work = work;
        this.configFile = work.resolve("config.json");
        this.dataFile = work.resolve("data.bin");
        Json.write(configFile, config);
        data.store(dataFile);
    }

    /** Has each run write files of other programs too, beside its timeline. */
    public Comparison exporting(Set<ExportFormat> formats) {
        exports = Set.copyOf(formats);
        return this;
    }

    /** Told how far a run is. */
    @FunctionalInterface
    public interface Progress {
        void at(String run, int step, int of);
    }

    /** Told all outcomes so far, each time there is one more. */
    @FunctionalInterface
    public interface Results {
        void sofar(List<Outcome> outcomes) throws IOException;
    }

    /**
     * Runs them one after another. A run that fails does not end the others; without a reference run, gradients are not
     * compared.
     */
    public List<Outcome> run(List<Strategy> strategies, Progress progress, Results results) throws IOException {
        progress.at(REFERENCE, 0, 1);
        Path reference = reference();
        progress.at(REFERENCE, 1, 1);
        List<Outcome> outcomes = new ArrayList<>();
        for (Strategy strategy : strategies) {
            outcomes.add(runOne(strategy, reference, progress));
            results.sofar(List.copyOf(outcomes));
        }
        return outcomes;
    }

    /** Plain backpropagation's first batch; null where the plain model cannot be run at all. */
    private @Nullable Path reference() throws IOException {
        Path reference = work.resolve(REFERENCE + ".bin");
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("--first-batch", reference);
        List<String> arguments = arguments(Strategy.PLAIN, files);
        arguments.addAll(List.of("--reference-only", "true"));
        ChildJvm child = new ChildJvm(TrainingChild.class, config.threads(), work.resolve(REFERENCE + ".log"));
        int code = child.run(arguments, line -> {});
        if (code == ChildProgram.USER_ERROR) {
            throw new UserException(child.failure(code));
        }
        return code == 0 ? reference : null;
    }

    private Outcome runOne(Strategy strategy, @Nullable Path reference, Progress progress) throws IOException {
        Path result = work.resolve(strategy + ".json");
        Path timeline = work.resolve("timeline-" + strategy + ".csv");
        Path log = work.resolve(strategy + ".log");
        Map<String, Path> files = new LinkedHashMap<>();
        files.put("--first-batch", work.resolve(strategy + ".bin"));
        if (reference != null) {
            files.put("--reference", reference);
        }
        files.put("--result", result);
        files.put("--timeline", timeline);
        if (exports.contains(ExportFormat.TRACE)) {
            files.put("--trace", work.resolve(ExportFormat.TRACE.fileOf(strategy)));
        }
        if (exports.contains(ExportFormat.MEMORY_VIZ)) {
            files.put("--snapshot", work.resolve(ExportFormat.MEMORY_VIZ.fileOf(strategy)));
        }
        ChildJvm child = new ChildJvm(TrainingChild.class, config.threads(), log);
        int code = child.run(arguments(strategy, files), line -> {
            String[] words = line.split(" ", -1);
            if (words.length == 3 && words[0].equals("step")) {
                progress.at(strategy.toString(), Integer.parseInt(words[1]), Integer.parseInt(words[2]));
            }
        });
        Files.deleteIfExists(work.resolve(strategy + ".bin"));
        return code == 0
                ? new Outcome(strategy, Json.read(result, RunResult.class), "", timeline, log)
                : new Outcome(strategy, null, child.failure(code), timeline, log);
    }

    private List<String> arguments(Strategy strategy, Map<String, Path> files) {
        List<String> arguments = new ArrayList<>(List.of("--strategy", strategy.toString()));
        arguments.addAll(List.of("--config", configFile.toString(), "--data", dataFile.toString()));
        files.forEach((option, file) -> arguments.addAll(List.of(option, file.toString())));
        return arguments;
    }
}
