package org.backpropaganda.experiments.bench;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.process.ChildJvm;
import org.backpropaganda.experiments.report.Json;
import org.jspecify.annotations.Nullable;

/** Runs contenders in turn, each in a JVM of its own, and all of them again in each round: A B C, A B C. */
public final class BenchSuite {
    private final int threads;
    private final int rounds;
    private final boolean withPeer;
    private final Path work;

    /**
     * A suite.
     *
     * @param work a directory for what children write
     */
    public BenchSuite(int threads, int rounds, boolean withPeer, Path work) {
        this.threads = threads;
        this.rounds = rounds;
        this.withPeer = withPeer;
        this.work = work;
    }

    /** Told what runs next. */
    @FunctionalInterface
    public interface Progress {
        void at(String what, int done, int of);
    }

    /** Measures one workload. */
    public BenchResult run(Workload workload, Progress progress) throws IOException {
        List<Contender> contenders = Contender.of(workload, withPeer);
        List<List<BenchRun>> runs = new ArrayList<>();
        contenders.forEach(contender -> runs.add(new ArrayList<>()));
        int of = rounds * contenders.size();
        for (int round = 0; round < rounds; round++) {
            for (int i = 0; i < contenders.size(); i++) {
                Contender contender = contenders.get(i);
                progress.at(workload + " " + contender.name(), round * contenders.size() + i, of);
                if (round == 0 || !contender.isWeighedAlone()) {
                    runs.get(i).add(measure(workload, contender));
                }
            }
        }
        List<BenchResult.Row> rows = new ArrayList<>();
        for (int i = 0; i < contenders.size(); i++) {
            rows.add(BenchResult.Row.of(contenders.get(i), runs.get(i)));
        }
        return new BenchResult(workload.toString(), rows, agreement(workload, "float"), agreement(workload, "double"));
    }

    private BenchRun measure(Workload workload, Contender contender) throws IOException {
        return child(contender.arguments(), workload, contender.environment(), BenchRun.class);
    }

    private @Nullable Agreement agreement(Workload workload, String dtype) throws IOException {
        return withPeer ? child(List.of("--agreement", dtype), workload, Map.of(), Agreement.class) : null;
    }

    private <T> T child(List<String> what, Workload workload, Map<String, String> environment, Class<T> type)
            throws IOException {
        Path result = work.resolve("result.json");
        ChildJvm child = new ChildJvm(BenchChild.class, threads, work.resolve("child.log"), environment);
        List<String> arguments = new ArrayList<>(List.of("--workload", workload.toString()));
        arguments.addAll(List.of("--threads", Integer.toString(threads), "--result", result.toString()));
        arguments.addAll(what);
        int code = child.run(arguments, line -> {});
        if (code != 0) {
            throw new UserException(workload + ", " + String.join(" ", what) + ": " + child.failure(code));
        }
        return Json.read(result, type);
    }
}
