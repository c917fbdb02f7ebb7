package org.backpropaganda.experiments.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.Callable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.experiments.coupling.CouplingKinds;
import org.backpropaganda.experiments.drift.DriftReport;
import org.backpropaganda.experiments.drift.DriftResult;
import org.backpropaganda.experiments.drift.DriftRun;
import org.backpropaganda.experiments.drift.DriftSections;
import org.backpropaganda.experiments.model.Architectures;
import org.backpropaganda.experiments.model.Fit;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Reversal;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.Json;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.run.ProcessMemory;
import org.backpropaganda.experiments.run.RunConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** How far reconstructed streams are from stored ones. */
@Command(
        name = "drift",
        description =
                "Shows how far a reversible model's reconstructed streams and gradients are from stored ones, by depth and"
                        + " kind of coupling, and where anchors would hold them.",
        mixinStandardHelpOptions = true)
final class DriftCommand implements Callable<Integer> {
    private static final int MOST = 1 << 12;
    private static final ModelSpec.Images IMAGES = new ModelSpec.Images(8, 8, 3, 10);

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "tanh",
            completionCandidates = Found.Models.class,
            description = "architecture, of those that have couplings; the default has no norms that would hold drift")
    private String model = "";

    @Option(names = "--depth", paramLabel = "LIST", defaultValue = "10,50,200", description = "couplings")
    private String depths = "";

    @Option(
            names = "--coupling",
            paramLabel = "LIST",
            completionCandidates = Found.CouplingKindNames.class,
            description = "of ${COMPLETION-CANDIDATES}; all by default")
    private @Nullable String couplings;

    @Option(names = "--groups", paramLabel = "N", defaultValue = "0", description = "streams of grouped couplings")
    private int groups;

    @Option(names = "--width", paramLabel = "C", defaultValue = "64", description = "channels or units")
    private int width;

    @Option(names = "--batch", paramLabel = "B", defaultValue = "16", description = "images of 8×8 pixels")
    private int batch;

    @Option(names = "--seed", paramLabel = "K", defaultValue = "1", description = "of weights and inputs")
    private long seed;

    @Option(
            names = "--anchor-every",
            paramLabel = "K",
            defaultValue = "0",
            description = "keeps the streams in front of every K-th coupling; none by default")
    private int anchorEvery;

    @Option(
            names = "--bound",
            paramLabel = "E",
            description = "places anchors so that no error of a stream or of a gradient is above it")
    private @Nullable Double bound;

    @Option(names = "--dtype", paramLabel = "float|double", defaultValue = "float", description = "element type")
    private String dtype = "";

    @Option(names = "--threads", paramLabel = "T", description = "of native kernels; all processors by default")
    private @Nullable Integer threads;

    @Option(names = "--out", paramLabel = "DIR", defaultValue = "runs/drift", description = "where files go")
    private Path out = Path.of("");

    @CommandLine.Spec
    private CommandLine.Model.@Nullable CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        List<ModelSpec> models = models();
        ReportFiles files = ReportFiles.in(out);
        List<DriftResult> results = new ArrayList<>();
        try (Bars bars = new Bars()) {
            for (ModelSpec each : models) {
                String name = each.coupling().map(CouplingKind::name).orElse(model) + " " + each.depth();
                bars.at(name, 0, 1);
                results.add(DriftRun.of(each, batch, seed, workers(), bound));
                bars.at(name, 1, 1);
            }
        }
        ReportPage page = Pages.page(
                "Drift of " + model,
                "Width " + width + ", batch " + batch + ", " + dtype,
                DriftSections.of(results),
                Pages.environment(workers(), Typed.command(spec)));
        files.write(Map.of(
                "drift.json",
                json -> Json.write(json, results),
                "drift.png",
                png -> DriftReport.draw(results, png),
                ReportPage.FILE,
                page::write));
        print(results);
        return 0;
    }

    private void print(List<DriftResult> results) {
        PrintWriter printer = Objects.requireNonNull(spec).commandLine().getOut();
        printer.print(DriftReport.table(results));
        for (DriftResult result : results) {
            String name = (result.coupling().isEmpty() ? model : result.coupling()) + " of depth " + result.depth();
            if (result.free().failure() != null) {
                printer.println(name + " fails: " + result.free().failure());
            }
            if (result.refusal() != null) {
                printer.println(name + " cannot be held: " + result.refusal());
            }
            DriftResult.Way bounded = result.bounded();
            if (bounded != null && !bounded.anchors().isEmpty()) {
                printer.println(name + " is held by anchors in front of "
                        + bounded.anchors().stream().sorted().toList());
            }
        }
        printer.println();
        printer.print(DriftReport.plot(results));
        printer.println("chart: " + out.resolve("drift.png"));
        printer.println("page: " + out.resolve(ReportPage.FILE));
        printer.flush();
    }

    private List<ModelSpec> models() {
        require("width", width, 1);
        require("batch", batch, 2);
        if (bound != null && !(bound > 0)) {
            throw new UserException("bound " + bound + " is not above 0");
        }
        DType type = new RunConfig.Machine(workers(), dtype).type();
        List<ModelSpec> models = new ArrayList<>();
        for (Reversal reversal : reversals()) {
            for (int depth : depths()) {
                ModelSpec each = new ModelSpec(
                        model, new ModelSpec.Size(depth, width), 1, IMAGES, type, ModelSpec.LEAKY, reversal);
                Fit.check(each, Strategy.parse("reversible"));
                Fit.checkMemory(each, ProcessMemory.machineBytes());
                models.add(each);
            }
        }
        return models;
    }

    private List<Reversal> reversals() {
        if (couplings == null && Architectures.find(model).usualCoupling().isEmpty()) {
            return List.of(new Reversal(null, groups, anchorEvery));
        }
        List<CouplingKind> kinds = couplings == null
                ? CouplingKinds.all()
                : words(couplings).stream().map(CouplingKinds::find).toList();
        return kinds.stream()
                .map(kind ->
                        new Reversal(kind.name(), couplings != null || kind.choosesStreams() ? groups : 0, anchorEvery))
                .toList();
    }

    private Set<Integer> depths() {
        Set<Integer> all = new LinkedHashSet<>();
        for (String word : words(depths)) {
            try {
                all.add(Integer.parseInt(word));
            } catch (NumberFormatException e) {
                throw new UserException("depth '" + word + "' is no whole number; give some, as 10,50,200");
            }
        }
        return all;
    }

    private static Set<String> words(String list) {
        return new LinkedHashSet<>(
                Arrays.stream(list.split(",", -1)).map(String::trim).toList());
    }

    private int workers() {
        return threads != null ? threads : Runtime.getRuntime().availableProcessors();
    }

    private static void require(String what, int value, int least) {
        if (value < least || value > MOST) {
            throw new UserException(what + " " + value + " is not within " + least + " and " + MOST);
        }
    }
}
