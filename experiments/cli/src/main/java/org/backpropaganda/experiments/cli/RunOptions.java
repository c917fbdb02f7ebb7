package org.backpropaganda.experiments.cli;

import java.util.OptionalLong;
import org.backpropaganda.autograd.technique.ByteSize;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Architectures;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Reversal;
import org.backpropaganda.experiments.run.RunConfig;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that decide a run. */
final class RunOptions {
    private static final int MODULES = 4;

    @Option(
            names = "--model",
            paramLabel = "NAME",
            defaultValue = "revnet",
            completionCandidates = Found.Models.class,
            description = "architecture: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
    private String model = "";

    @Option(
            names = "--depth",
            paramLabel = "N",
            defaultValue = "8",
            description =
                    "blocks of the model; of a resnet or depthwise network, blocks of each of three stages (${DEFAULT-VALUE})")
    private int depth;

    @Option(
            names = "--width",
            paramLabel = "C",
            description = "channels or units; 32 by default, of dni-fcn 256, of dni-cnn 128")
    private @Nullable Integer width;

    @Option(
            names = "--stem-stride",
            paramLabel = "R",
            defaultValue = "1",
            description =
                    "stride of a revnet's stem; 2 leaves its couplings a quarter of the pixels (${DEFAULT-VALUE})")
    private int stemStride;

    @Option(
            names = "--coupling",
            paramLabel = "KIND",
            completionCandidates = Found.CouplingKindNames.class,
            description = "of a revnet, chain or tanh: ${COMPLETION-CANDIDATES}; additive by default")
    private @Nullable String coupling;

    @Option(
            names = "--groups",
            paramLabel = "N",
            defaultValue = "0",
            description = "streams of grouped couplings; as many as the kind takes by default")
    private int groups;

    @Option(
            names = "--anchor-every",
            paramLabel = "K",
            defaultValue = "0",
            description = "reversible keeps the streams in front of every K-th coupling; none by default")
    private int anchorEvery;

    @Option(names = "--batch", paramLabel = "B", defaultValue = "32", description = "images a step (${DEFAULT-VALUE})")
    private int batch;

    @Option(names = "--steps", paramLabel = "S", defaultValue = "25", description = "training steps (${DEFAULT-VALUE})")
    private int steps;

    @Option(
            names = "--seed",
            paramLabel = "K",
            defaultValue = "1",
            description = "of weights, data and batches (${DEFAULT-VALUE})")
    private long seed;

    @Option(
            names = "--modules",
            paramLabel = "K",
            description = "modules that decoupled cuts the model into; 4 by default, or as many as there are blocks")
    private @Nullable Integer modules;

    @Option(
            names = "--predictor",
            paramLabel = "linear|paper",
            description =
                    "of gradients, where modules do not wait for one another: linear by default, or with hidden layers"
                            + " as published")
    private @Nullable String predictor;

    @Option(
            names = "--probe-every",
            paramLabel = "N",
            description =
                    "compares predicted gradients with those of backpropagation in front of every N-th step; never by"
                            + " default")
    private @Nullable Integer probeEvery;

    @Option(
            names = "--update-probability",
            paramLabel = "P",
            description =
                    "that a module but the last learns in a step, where modules do not wait for one another; 1 by default")
    private @Nullable Double updateProbability;

    @Option(
            names = "--threads-per-module",
            paramLabel = "T",
            description =
                    "of native kernels, where ddg, fr and petra have each module on a thread of its own; modules take turns by"
                            + " default")
    private @Nullable Integer threadsPerModule;

    @Option(
            names = "--free-running",
            description =
                    "modules on threads of their own go on as fast as each can, rather than in the order of turns")
    private boolean freeRunning;

    @Option(
            names = "--optimizer",
            paramLabel = "NAME",
            defaultValue = "sgd",
            completionCandidates = Found.OptimizerNames.class,
            description = "of the model: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
    private String optimizer = "";

    @Option(names = "--lr", paramLabel = "X", defaultValue = "0.02", description = "learning rate (${DEFAULT-VALUE})")
    private double lr;

    @Option(
            names = "--weight-decay",
            paramLabel = "X",
            defaultValue = "0.0001",
            description = "weight decay (${DEFAULT-VALUE})")
    private double weightDecay;

    @Option(
            names = "--schedule",
            paramLabel = "constant|linear|cosine",
            description = "of the learning rate; cosine to zero with --epochs, otherwise constant")
    private @Nullable String schedule;

    @Option(names = "--epochs", paramLabel = "E", defaultValue = "0", description = "passes, instead of --steps")
    private int epochs;

    @Option(names = "--augment", description = "random crops and mirror images")
    private boolean augment;

    @Option(
            names = "--data",
            paramLabel = "NAME",
            defaultValue = "synthetic",
            completionCandidates = Found.DataSets.class,
            description = "data set: ${COMPLETION-CANDIDATES} (${DEFAULT-VALUE})")
    private String data = "";

    @Option(names = "--data-dir", paramLabel = "PATH", description = "where its files are")
    private @Nullable String dataDir;

    @Option(names = "--threads", paramLabel = "T", description = "of native kernels; all processors by default")
    private @Nullable Integer threads;

    @Option(
            names = "--offload-dir",
            paramLabel = "DIR",
            description = "where offload moves saved tensors to: a directory of a disk, not of memory")
    private @Nullable String offloadDir;

    @Option(
            names = "--budget",
            paramLabel = "BYTES",
            description =
                    "the most bytes that may be live, of all kinds, as 200MiB: what would exceed it is refused; no limit"
                            + " by default")
    private @Nullable String budget;

    @Option(
            names = "--allow",
            paramLabel = "LIST",
            description = "techniques that a plan may use though they are not exact, as save:q8,abn,reversible; none by"
                    + " default")
    private @Nullable String allow;

    @Option(
            names = "--dtype",
            paramLabel = "float|double",
            defaultValue = "float",
            description = "element type (${DEFAULT-VALUE})")
    private String dtype = "";

    /** The configuration of batches as they are, checked as far as it can be without data. */
    RunConfig config() {
        return config(1);
    }

    /** The configuration of batches that may be cut. */
    RunConfig config(Accumulation accumulation) {
        return config(accumulation.microBatches());
    }

    private RunConfig config(int accumulate) {
        return new RunConfig(
                new RunConfig.Shape(
                        model,
                        depth,
                        width != null ? width : Architectures.find(model).usualWidth(),
                        stemStride,
                        modules != null ? modules : usualModules()),
                new RunConfig.Passes(batch, steps, epochs, seed, accumulate),
                new RunConfig.Descent(
                        optimizer, lr, weightDecay, schedule != null ? schedule : epochs > 0 ? "cosine" : "constant"),
                new RunConfig.Source(data, dataDir, augment),
                new RunConfig.Machine(
                        threads != null ? threads : Runtime.getRuntime().availableProcessors(),
                        dtype,
                        offloadDir,
                        budget == null ? null : bytes(budget),
                        allow),
                new Reversal(coupling, groups, anchorEvery),
                new RunConfig.Learners(
                        predictor, probeEvery, updateProbability, threadsPerModule, freeRunning ? true : null));
    }

    /** The most bytes that may be live, where a limit is set. */
    OptionalLong budgetBytes() {
        return budget == null ? OptionalLong.empty() : OptionalLong.of(bytes(budget));
    }

    private static long bytes(String written) {
        try {
            return ByteSize.parse(written);
        } catch (IllegalArgumentException e) {
            throw new UserException("--budget: " + e.getMessage());
        }
    }

    private int usualModules() {
        return Math.max(1, Math.min(MODULES, ModelSpec.blocks(model, depth)));
    }
}
