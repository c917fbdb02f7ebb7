package org.backpropaganda.experiments.cli;

import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.bench.Agreement;
import org.backpropaganda.experiments.bench.BenchRun;
import org.backpropaganda.experiments.bench.Workload;
import org.backpropaganda.experiments.report.Json;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** One contender in this JVM: what a benchmark starts for each. */
@Command(name = "bench-run", hidden = true, description = "Measures one contender; started by bench.")
final class BenchRunCommand implements Callable<Integer> {
    @Option(names = "--workload", required = true)
    private String workload = "";

    @Option(names = "--contender")
    private @Nullable String contender;

    @Option(names = "--agreement")
    private @Nullable String agreement;

    @Option(names = "--threads", required = true)
    private int threads;

    @Option(names = "--result", required = true)
    private Path result = Path.of("");

    @Override
    public Integer call() {
        Parent.endWith();
        Workload chosen = Workload.parse(workload);
        if (agreement != null) {
            Json.write(result, Agreement.of(chosen, DType.valueOf(agreement.toUpperCase(Locale.ROOT)), threads));
        } else if (contender != null) {
            Json.write(result, BenchRun.of(contender, chosen, threads));
        }
        return 0;
    }
}
