package org.backpropaganda.experiments.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.technique.StepOutline;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.Fit;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Reversal;
import org.backpropaganda.experiments.model.Strategy;
import org.jspecify.annotations.Nullable;

/**
 * All that decides a run, but for its strategy. The names of what its parts are made of are those of the command line and of
 * {@code report.json}, which has them side by side.
 *
 * @param shape the model
 * @param passes the batches
 * @param descent the updates
 * @param source the data
 * @param machine what computes
 * @param reversal the couplings of a model that has some
 * @param learners what trains a model in modules
 */
public record RunConfig(
        @JsonUnwrapped Shape shape,
        @JsonUnwrapped Passes passes,
        @JsonUnwrapped Descent descent,
        @JsonUnwrapped Source source,
        @JsonUnwrapped Machine machine,
        @JsonUnwrapped Reversal reversal,
        @JsonUnwrapped Learners learners) {
    private static final List<String> STAGED = List.of("ddg", "fr", "petra");
    private static final int LARGEST_BATCH = 1 << 20;

    /**
     * A model.
     *
     * @param model the name of its architecture
     * @param depth,width,stemStride,modules see {@link ModelSpec}
     */
    public record Shape(String model, int depth, int width, int stemStride, int modules) {}

    /**
     * Which batches are trained on.
     *
     * @param batch images a step
     * @param steps training steps, where no epochs are given
     * @param epochs passes over the training set, or 0 for {@code steps}
     * @param seed of weights, data and batches
     * @param accumulate into how many micro-batches a step's batch is cut, whose gradients are added up to one update
     */
    public record Passes(int batch, int steps, int epochs, long seed, int accumulate) {
        /** With batches as they are. */
        public Passes(int batch, int steps, int epochs, long seed) {
            this(batch, steps, epochs, seed, 1);
        }

        /** Checks what needs no data to be checked. */
        public Passes {
            require(batch >= 2, "batch " + batch + " is below 2, and batch norm needs two images");
            require(batch <= LARGEST_BATCH, "batch " + batch + " is above " + LARGEST_BATCH);
            require(steps >= 1, "steps " + steps + " is below 1");
            require(epochs >= 0, "epochs " + epochs + " is below 0");
            require(
                    accumulate >= 1 && accumulate <= batch / 2,
                    "accumulate " + accumulate + " is not within 1 and " + batch / 2 + ", half the batch of " + batch
                            + ": batch norm needs two images of a micro-batch");
        }
    }

    /**
     * How the model is updated.
     *
     * @param optimizer the name of an {@link OptimizerKind}
     * @param lr learning rate
     * @param weightDecay weight decay
     * @param schedule of the learning rate
     */
    public record Descent(String optimizer, double lr, double weightDecay, String schedule) {
        /** Checks the rates. */
        public Descent {
            require(lr >= 0 && Double.isFinite(lr), "learning rate " + lr + " is not a finite number of at least 0");
            require(
                    weightDecay >= 0 && Double.isFinite(weightDecay),
                    "weight decay " + weightDecay + " is not a finite number of at least 0");
        }
    }

    /**
     * Where images come from.
     *
     * @param data the kind of the data set
     * @param dataDir the directory of its files, or null
     * @param augment whether crops and mirror images are drawn
     */
    public record Source(String data, @Nullable String dataDir, boolean augment) {}

    /**
     * What computes.
     *
     * @param threads of native kernels
     * @param dtype {@code float} or {@code double}
     * @param offloadDir the directory that saved tensors are moved to where the strategy does so, or null
     * @param budgetBytes the most bytes that may be live under any strategy, or null for no limit
     * @param allow techniques that a planned strategy may use though they are not exact, joined by commas, or null
     */
    public record Machine(
            int threads,
            String dtype,
            @Nullable String offloadDir,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Long budgetBytes,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String allow) {
        /** With memory alone. */
        public Machine(int threads, String dtype) {
            this(threads, dtype, null, null, null);
        }

        /** Checks the threads. */
        public Machine {
            require(
                    threads >= 1 && threads <= Engine.MOST_THREADS,
                    "threads " + threads + " is not within 1 and " + Engine.MOST_THREADS);
        }

        /**
         * The element type.
         *
         * @throws UserException if there is none of that name
         */
        public DType type() {
            return switch (dtype) {
                case "float", "double" -> DType.valueOf(dtype.toUpperCase(Locale.ROOT));
                default -> throw new UserException("unknown dtype '" + dtype + "': choose float or double");
            };
        }
    }

    /**
     * What trains a model whose modules do not wait for one another.
     *
     * @param predictor the word for the kind of gradient predictors, or null for the usual one
     * @param probeEvery after how many steps predictions are compared with gradients of backpropagation, or null for never
     * @param updateProbability how probable it is that a module but the last learns in a step, within (0, 1], or null for 1
     * @param threadsPerModule threads of native kernels for each module of a pipeline, where modules are on threads of their own,
     *     or null for modules that take turns on one
     * @param freeRunning true for modules on threads of their own that go on as fast as each can, rather than in the order of turns
     */
    public record Learners(
            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            String predictor,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Integer probeEvery,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Double updateProbability,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Integer threadsPerModule,

            @JsonInclude(JsonInclude.Include.NON_NULL) @Nullable
            Boolean freeRunning) {
        /** As techniques decide, and never probed. */
        public static final Learners USUAL = new Learners(null, null);

        /** That learn in every step. */
        public Learners(@Nullable String predictor, @Nullable Integer probeEvery) {
            this(predictor, probeEvery, null);
        }

        /** That take turns on one thread. */
        public Learners(@Nullable String predictor, @Nullable Integer probeEvery, @Nullable Double updateProbability) {
            this(predictor, probeEvery, updateProbability, null, null);
        }

        /** Checks the distance of probes, the probability, and the threads. */
        public Learners {
            require(probeEvery == null || probeEvery >= 1, "probe-every " + probeEvery + " is below 1");
            require(
                    updateProbability == null || (updateProbability > 0 && updateProbability <= 1),
                    "update-probability " + updateProbability + " is not above 0 and at most 1");
            require(
                    threadsPerModule == null || (threadsPerModule >= 1 && threadsPerModule <= Engine.MOST_THREADS),
                    "threads-per-module " + threadsPerModule + " is not within 1 and " + Engine.MOST_THREADS);
            require(
                    freeRunning == null || threadsPerModule != null,
                    "free-running is for modules on threads of their own; give --threads-per-module, or leave"
                            + " --free-running out");
        }
    }

    /** Checks what goes together. */
    public RunConfig {
        require(
                learners.probeEvery == null || passes.accumulate == 1,
                "probe-every " + learners.probeEvery + ": a batch that is cut is not probed; leave --accumulate out");
    }

    /** With learners as the techniques decide. */
    public RunConfig(Shape shape, Passes passes, Descent descent, Source source, Machine machine, Reversal reversal) {
        this(shape, passes, descent, source, machine, reversal, Learners.USUAL);
    }

    /** With couplings as the model decides. */
    public RunConfig(Shape shape, Passes passes, Descent descent, Source source, Machine machine) {
        this(shape, passes, descent, source, machine, Reversal.USUAL);
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new UserException(message);
        }
    }

    /** The same run cut off after its first step. */
    public RunConfig oneStep() {
        return new RunConfig(
                shape,
                new Passes(passes.batch, 1, 0, passes.seed, passes.accumulate),
                descent,
                source,
                machine,
                reversal,
                learners);
    }

    /**
     * The same run of another size.
     *
     * @param what is sized: {@code batch}, {@code depth} or {@code width}
     * @throws UserException if it is another word, or there is no run of that size
     */
    public RunConfig sized(String what, int size) {
        Passes otherPasses = passes;
        Shape otherShape = shape;
        switch (what) {
            case "batch" -> otherPasses = new Passes(size, passes.steps, passes.epochs, passes.seed, passes.accumulate);
            case "depth" -> otherShape = new Shape(shape.model, size, shape.width, shape.stemStride, shape.modules);
            case "width" -> otherShape = new Shape(shape.model, shape.depth, size, shape.stemStride, shape.modules);
            default -> throw new UserException("'" + what + "' is not sized: choose batch, depth or width");
        }
        return new RunConfig(otherShape, otherPasses, descent, source, machine, reversal, learners);
    }

    /** The same run in double. */
    public RunConfig inDouble() {
        return new RunConfig(
                shape,
                passes,
                descent,
                source,
                new Machine(machine.threads, "double", machine.offloadDir, machine.budgetBytes, machine.allow),
                reversal,
                learners);
    }

    /** Whether a number of epochs was asked for. */
    public boolean trainsByEpochs() {
        return passes.epochs > 0;
    }

    /** The directory of the data, or null. */
    public @Nullable Path dataPath() {
        return source.dataDir == null ? null : Path.of(source.dataDir);
    }

    /**
     * Reads strategies that are told all that the configuration has for them.
     *
     * @throws UserException if a word is none of a technique
     */
    public Strategy strategy(String text) {
        return told(List.of(Strategy.parse(text))).get(0);
    }

    /** Reads a comma-separated list of them. */
    public List<Strategy> strategies(String text) {
        return told(Strategy.parseAll(text));
    }

    /** Strategies that are told all that the configuration has for them. */
    public List<Strategy> told(List<Strategy> strategies) {
        if (accumulate() > 1 && strategies.stream().anyMatch(Strategy::isPlanned)) {
            throw new UserException("accumulate " + accumulate() + ": a plan is of steps whose batch is not cut; leave"
                    + " --accumulate out, or give the micro-batch as --batch");
        }
        return strategies.stream()
                .map(strategy -> strategy.told(words()).told(step(specWithoutData())))
                .toList();
    }

    /** Settings of techniques by name, as {@code offload-dir}. */
    public Map<String, String> words() {
        Map<String, String> words = new HashMap<>();
        if (machine.offloadDir != null) {
            words.put("offload-dir", machine.offloadDir);
        }
        if (machine.allow != null) {
            words.put("allow", machine.allow);
        }
        if (learners.predictor != null) {
            words.put("predictor", learners.predictor);
        }
        if (learners.updateProbability != null) {
            words.put("update-probability", learners.updateProbability.toString());
        }
        return words;
    }

    /**
     * What a training step has beside a model: its batch, the loss and the optimizer. */
    public StepOutline step(ModelSpec spec) {
        TensorSpec images = new TensorSpec(
                org.backpropaganda.autograd.tensor.Shape.of(batch(), spec.height(), spec.columns(), spec.channels()),
                spec.dtype());
        return new StepOutline(
                List.of(images),
                List.of(new TensorSpec(org.backpropaganda.autograd.tensor.Shape.of(batch()), DType.INT)),
                (results, labels) -> SoftmaxCrossEntropy.crossEntropy(results.get(0), labels.get(0)),
                (parameters, scope) -> Optimizers.model(descent, parameters, scope),
                false);
    }

    /** The most bytes that may be live under a strategy: the least of its own bound and the run's. */
    public long memoryBudgetBytes(Strategy strategy) {
        long own = machine.budgetBytes == null ? Long.MAX_VALUE : machine.budgetBytes;
        return Math.min(own, strategy.memoryBudgetBytes());
    }

    /** Whether a step has predictions compared with gradients of backpropagation in front of it. */
    public boolean probes(int step) {
        return learners.probeEvery != null && step % learners.probeEvery == 0;
    }

    /**
     * Checks that there is something to probe.
     *
     * @throws UserException if probes are asked for, and the gradients of no strategy are predicted
     */
    public void checkProbed(List<Strategy> strategies) {
        require(
                learners.probeEvery == null || strategies.stream().anyMatch(Fit::predicts),
                "probe-every " + learners.probeEvery
                        + " is for strategies that predict gradients, as decoupled; choose one, or leave --probe-every out");
    }

    /**
     * Checks that there are modules for threads of their own.
     *
     * @throws UserException if such threads are asked for, and no strategy has modules that may be on them
     */
    public void checkThreaded(List<Strategy> strategies) {
        require(
                learners.threadsPerModule == null || strategies.stream().anyMatch(this::isThreaded),
                "threads-per-module " + learners.threadsPerModule + " is for the strategies "
                        + String.join(", ", STAGED)
                        + ", whose modules may be on threads of their own; choose one, or leave --threads-per-module out");
    }

    /** Whether the modules of a strategy are on threads of their own. */
    public boolean isThreaded(Strategy strategy) {
        return learners.threadsPerModule != null && STAGED.stream().anyMatch(strategy::has);
    }

    /** Threads of native kernels of whatever computes under a strategy at a time. */
    int kernelThreads(Strategy strategy) {
        Integer perModule = learners.threadsPerModule;
        return perModule == null || !isThreaded(strategy) ? machine.threads : perModule;
    }

    /** Threads of native kernels. */
    public int threads() {
        return machine.threads;
    }

    /** The seed of weights, data and batches. */
    public long seed() {
        return passes.seed;
    }

    /** Images a step. */
    public int batch() {
        return passes.batch;
    }

    /** Into how many micro-batches a step's batch is cut. */
    public int accumulate() {
        return passes.accumulate;
    }

    /** The first image of a micro-batch; of the one behind the last, their number. The last is the largest. */
    public int microBatch(int number) {
        return (int) ((long) passes.batch * number / passes.accumulate);
    }

    /** Images that are computed at a time. */
    public int largestMicroBatch() {
        return passes.batch - microBatch(passes.accumulate - 1);
    }

    /** The model for images. */
    public ModelSpec spec(ModelSpec.Images images) {
        return new ModelSpec(
                shape.model,
                new ModelSpec.Size(shape.depth, shape.width, shape.stemStride),
                shape.modules,
                images,
                machine.type(),
                ModelSpec.LEAKY,
                reversal);
    }

    /** The model without data, to check strategies against. */
    public ModelSpec specWithoutData() {
        return spec(new ModelSpec.Images(32, 32, 3, 10));
    }
}
