package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.run.Memory;
import org.backpropaganda.experiments.signal.Recipe;
import org.backpropaganda.experiments.signal.Signal;
import org.backpropaganda.experiments.signal.SignalReport;
import org.backpropaganda.experiments.signal.SignalSections;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Exploding and vanishing gradients, made visible. */
@Command(
        name = "gradients",
        description =
                "Shows how gradients grow or vanish with depth, for initialisers, activations and norms of choice.",
        mixinStandardHelpOptions = true)
final class GradientsCommand implements Callable<Integer> {
    private static final int MOST = 1 << 12;

    @Option(
            names = "--init",
            paramLabel = "LIST",
            defaultValue = "he-normal,glorot-normal,orthogonal,normal-0.01",
            description = "of he-normal, he-uniform, glorot-normal, glorot-uniform, orthogonal, normal-0.01")
    private String initializers = "";

    @Option(
            names = "--activation",
            paramLabel = "LIST",
            defaultValue = "relu,tanh,sigmoid",
            description = "of relu, leaky-relu, elu, tanh, sigmoid")
    private String activations = "";

    @Option(names = "--norm", paramLabel = "LIST", defaultValue = "none", description = "of none, batch, layer")
    private String norms = "";

    @Option(names = "--depth", paramLabel = "N", defaultValue = "30", description = "layers")
    private int depth;

    @Option(names = "--width", paramLabel = "C", defaultValue = "128", description = "units of each")
    private int width;

    @Option(names = "--batch", paramLabel = "B", defaultValue = "128", description = "rows")
    private int batch;

    @Option(names = "--seed", paramLabel = "K", defaultValue = "1", description = "of weights and inputs")
    private long seed;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "runs/gradients", description = "where files go")
    private Path out = Path.of("");

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        require("depth", depth, 1);
        require("width", width, 2);
        require("batch", batch, 2);
        List<Recipe> recipes = Recipe.all(initializers, activations, norms);
        Memory.require(
                "depth " + depth + ", width " + width + " and batch " + batch, Signal.leastBytes(depth, width, batch));
        ReportFiles files = ReportFiles.in(out);
        int threads = Runtime.getRuntime().availableProcessors();
        List<Signal> signals = new ArrayList<>();
        for (Recipe recipe : recipes) {
            signals.add(Signal.of(recipe, depth, width, batch, seed, threads));
        }
        ReportPage page = Pages.page(
                "Gradients by depth",
                "Perceptrons of depth " + depth + ", width " + width + ", batch " + batch,
                SignalSections.of(signals),
                Pages.environment(threads, Typed.command(spec)));
        files.write(Map.of(
                ReportPage.FILE,
                page::write,
                "gradients.json",
                json -> Json.write(json, signals),
                "gradients.png",
                png -> SignalReport.draw(signals, png)));
        PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
        printer.print(SignalReport.table(signals));
        for (Signal signal : signals) {
            if (!signal.isFinite()) {
                printer.println(signal.recipe() + ": numbers overflow, and some figures are not finite");
            }
        }
        printer.println("chart: " + out.resolve("gradients.png"));
        printer.println("page: " + out.resolve(ReportPage.FILE));
        printer.flush();
        return 0;
    }

    private static void require(String what, int value, int least) {
        if (value < least || value > MOST) {
            throw new UserException(what + " " + value + " is not within " + least + " and " + MOST);
        }
    }
}
