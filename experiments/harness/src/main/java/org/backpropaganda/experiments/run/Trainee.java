package org.backpropaganda.experiments.run;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.technique.TrainingSteps;
import org.backpropaganda.autograd.tensor.AllocationWatcher;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.data.Dataset;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSavings;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.backpropaganda.synthetic.probe.GradientProbe;
import org.backpropaganda.synthetic.stage.StageBatches;
import org.jspecify.annotations.Nullable;

/** A model with its data, engine and optimizers, and the steps that train it. */
final class Trainee implements AutoCloseable {
    /** Between random seeds of micro-batches; those of steps are one apart. */
    private static final long SEEDS_APART = 0x9E3779B97F4A7C15L;

    private final RunConfig config;
    private final TrainingData data;
    private final LearningRateSchedule schedule;
    private final Engine engine;
    private final TensorScope root;
    private final Model model;
    private final ModelSavings savings;
    private final Optimizer optimizer;
    private final TrainingSteps.Settings settings;
    private final @Nullable TrainingSteps steps;
    private final Map<String, Optimizer> optimizers = new LinkedHashMap<>();

    /** Looks on at a step. */
    interface Watcher {
        /** The mean loss of the batch is there, the last backward is to come. */
        default void afterLoss(double loss) {}

        /** All gradients are there, the update is to come. */
        default void afterBackward(Gradients gradients) throws IOException {}

        /** A step of the model's own was made; the loss of some batch, if one came to it. */
        default void afterStep(OptionalDouble loss) {}

        /** What was under way behind the last step is learned; the loss of the last batch, if it came to it only in this. */
        default void afterDrain(OptionalDouble loss) {}

        /** Whether the gradients of the batch are wanted from steps of the model's own. */
        default boolean wantsGradients() {
            return false;
        }

        /** Those gradients, before the step; null where it has none. */
        default void gradientsOf(@Nullable Gradients gradients) throws IOException {}
    }

    /** Makes the model of a run that never is resumed, for data of the same configuration. */
    Trainee(RunConfig config, Strategy strategy, TrainingData data) {
        this(config, strategy, data, false);
    }

    /**
     * Makes the model for data of the same configuration.
     *
     * @param isResumable whether {@link #state} may be asked for
     */
    Trainee(RunConfig config, Strategy strategy, TrainingData data, boolean isResumable) {
        this.config = config;
        this.data = data;
        data.check();
        this.schedule = Optimizers.schedule(config.descent(), data.steps());
        this.engine = Engine.builder()
                .threads(config.kernelThreads(strategy))
                .memoryBudgetBytes(config.memoryBudgetBytes(strategy))
                .build();
        this.root = engine.scope("");
        this.model = Model.create(data.spec(), strategy.told(config.step(data.spec())), root, config.seed());
        this.savings = model.open(root);
        this.optimizer = Optimizers.model(
                config.descent(), List.copyOf(model.parameters().values()), root);
        optimizers.put("main", optimizer);
        if (!model.predictorParameters().isEmpty()) {
            optimizers.put("predictors", Optimizers.predictors(model.predictorParameters(), root));
        }
        this.settings = new TrainingSteps.Settings(
                root,
                (results, labels) -> SoftmaxCrossEntropy.crossEntropy(results.get(0), labels.get(0)),
                optimizer,
                this::seed,
                savings.policy(),
                isResumable);
        this.steps = model.steps(settings).orElse(null);
        if (steps != null && config.accumulate() > 1) {
            throw new UserException("strategy " + strategy
                    + " trains by steps of its own, which take whole batches; leave --accumulate out");
        }
    }

    Engine engine() {
        return engine;
    }

    Model model() {
        return model;
    }

    /** What is made of saved tensors. */
    ModelSavings savings() {
        return savings;
    }

    /** By name: of the model, and of gradient predictors if there are any. */
    Map<String, Optimizer> optimizers() {
        return optimizers;
    }

    /** All that a run changes as it trains. */
    TrainingState state() {
        TrainingState all = TrainingState.of(model.module(), optimizers);
        for (int k = 0; k < model.predictors().size(); k++) {
            all = all.withModule("predictors." + k, model.predictors().get(k));
        }
        return steps == null ? all : all.withUnderWay("steps", root, steps::carried, steps::carry);
    }

    /** How many steps the run makes. */
    int steps() {
        return data.steps();
    }

    /** Draws the batch of a step, and sets the learning rate. */
    Batch prepare(int number) {
        optimizer.setLearningRate(config.descent().lr() * schedule.multiplier(number));
        return data.batch(number);
    }

    /**
     * Makes a step: of a batch that is cut, the micro-batches one after another, each differentiated with its share of the
     * images, so that gradients add up to those of the mean over the batch.
     */
    void step(int number, Batch batch, Watcher watcher) throws IOException {
        if (steps != null) {
            ownStep(steps, number, batch, watcher);
            return;
        }
        long seed = seed(number);
        int parts = config.accumulate();
        if (parts == 1) {
            try (TensorScope scope = root.child();
                    Tape tape = tape(scope, seed).build()) {
                update(tape, loss(tape, scope, batch), 1, 0, watcher);
            }
            return;
        }
        try (TensorScope step = root.child()) {
            Gradients gradients = new Gradients(step);
            double sum = 0;
            for (int part = 0; part < parts; part++) {
                Batch micro = batch.part(config.microBatch(part), config.microBatch(part + 1));
                double share = (double) micro.size() / batch.size();
                try (TensorScope scope = step.child();
                        Tape tape = tape(scope, seed + part * SEEDS_APART)
                                .gradients(gradients)
                                .share(share)
                                .build()) {
                    Variable loss = loss(tape, scope, micro);
                    if (part == parts - 1) {
                        update(tape, loss, share, sum, watcher);
                    } else {
                        sum += share * loss.value().item();
                        tape.backward(loss);
                    }
                }
                model.taps().signs().endPart();
            }
        }
    }

    /** The seed of a step. */
    private long seed(long number) {
        return config.seed() * 1_000_003L + number;
    }

    private void ownStep(TrainingSteps own, int number, Batch batch, Watcher watcher) throws IOException {
        try (TensorScope scope = root.child()) {
            Tensor images = images(scope, batch);
            Tensor labels = labels(scope, batch);
            if (watcher.wantsGradients()) {
                gradients(own, scope, number, images, labels, watcher);
            }
            OptionalDouble loss = own.step(images, labels);
            watcher.afterStep(loss);
            if (number == data.steps() - 1) {
                watcher.afterDrain(own.drain());
            }
        }
    }

    private static void gradients(
            TrainingSteps own, TensorScope scope, int number, Tensor images, Tensor labels, Watcher watcher)
            throws IOException {
        Optional<Gradients> gradients = own.gradients(scope, number, images, labels);
        watcher.gradientsOf(gradients.orElse(null));
        gradients.ifPresent(Gradients::close);
    }

    /** Tells a watcher the gradients of the first batch, without a step. */
    void firstGradients(Watcher watcher) throws IOException {
        if (steps != null && watcher.wantsGradients()) {
            try (TensorScope scope = root.child()) {
                Batch batch = data.batch(0);
                gradients(steps, scope, 0, images(scope, batch), labels(scope, batch), watcher);
            }
        }
    }

    /** The batch of a step; steps are asked for in order. */
    StageBatches.Batch tensors(TensorScope scope, long number) {
        Batch batch = data.batch(Math.toIntExact(number));
        return new StageBatches.Batch(List.of(images(scope, batch)), labels(scope, batch));
    }

    /** What steps of the model's own are made with. */
    TrainingSteps.Settings settings() {
        return settings;
    }

    RunConfig config() {
        return config;
    }

    /** Of the learning rate, by the number of a step. */
    LearningRateSchedule schedule() {
        return schedule;
    }

    /**
     * Differentiates the last loss of a step, and updates.
     *
     * @param share of the step that the loss is
     * @param before the shares of the losses before it
     */
    private void update(Tape tape, Variable loss, double share, double before, Watcher watcher) throws IOException {
        watcher.afterLoss(before + share * loss.value().item());
        try (Gradients gradients = tape.backward(loss)) {
            watcher.afterBackward(gradients);
            updated(() -> optimizers.values().forEach(each -> each.step(gradients)));
        }
    }

    /** Makes an update that whoever watches the engine is told of as one computation. */
    private void updated(Runnable update) {
        AllocationWatcher watcher = engine.watcher();
        if (watcher == null) {
            update.run();
            return;
        }
        watcher.begins("optimizer", "", AllocationWatcher.Phase.UPDATE);
        try {
            update.run();
        } finally {
            watcher.ends();
        }
    }

    /** Whether predictions are compared with gradients of backpropagation in front of a step. */
    boolean probes(int number) {
        return config.probes(number) && model.module() instanceof DecoupledSequence;
    }

    /** Compares the predictions of a step to come with the gradients of backpropagation; none where nothing predicts. */
    List<ProbePoint> probe(int number, Batch batch) {
        if (!(model.module() instanceof DecoupledSequence sequence)) {
            return List.of();
        }
        try (TensorScope scope = root.child()) {
            Tensor labels = labels(scope, batch);
            return GradientProbe.of(
                            sequence,
                            images(scope, batch),
                            labels,
                            seed(number),
                            scope,
                            (tape, logits) -> SoftmaxCrossEntropy.crossEntropy(logits, tape.constant(labels)))
                    .stream()
                    .map(each -> ProbePoint.of(number, each))
                    .toList();
        }
    }

    private TapeBuilder tape(TensorScope scope, long seed) {
        return Tape.builder(scope).seed(seed).policy(savings.policy());
    }

    private Variable loss(Tape tape, TensorScope scope, Batch batch) {
        Variable images = tape.constant(images(scope, batch));
        Variable labels = tape.constant(labels(scope, batch));
        Variable logits = model.logits(images, labels);
        Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
        logits.release();
        return loss;
    }

    private Tensor images(TensorScope scope, Batch batch) {
        Dataset train = data.train();
        Shape shape = Shape.of(batch.size(), train.height(), train.width(), train.channels());
        Tensor tensor = scope.child("batch.images").allocate(shape, data.spec().dtype(), MemoryKind.INPUT);
        return tensor.set(0, batch.images(), 0, batch.images().length);
    }

    private static Tensor labels(TensorScope scope, Batch batch) {
        return scope.child("batch.labels")
                .allocate(Shape.of(batch.size()), DType.INT, MemoryKind.INPUT)
                .set(batch.labels());
    }

    /**
     * The share of test images whose largest logit is their class's; NaN where a logit is not finite, or a stream in fixed
     * point leaves its range, as it may while running statistics are far from those of a batch.
     */
    double testAccuracy() {
        try {
            return shareOfRight();
        } catch (ArithmeticException outOfRange) {
            return Double.NaN;
        }
    }

    private double shareOfRight() {
        long right = 0;
        long all = 0;
        for (Batch batch : data.testBatches()) {
            try (TensorScope scope = root.child();
                    Tape tape = Tape.inference(scope)) {
                Variable images = tape.constant(images(scope, batch));
                Variable logits = model.logits(images);
                double[] values = logits.value().toDoubles();
                int classes = values.length / batch.size();
                for (int b = 0; b < batch.size(); b++) {
                    int best = 0;
                    for (int c = 0; c < classes; c++) {
                        if (!Double.isFinite(values[b * classes + c])) {
                            return Double.NaN;
                        }
                        best = values[b * classes + c] > values[b * classes + best] ? c : best;
                    }
                    right += best == batch.labels()[b] ? 1 : 0;
                    all++;
                }
            }
        }
        return (double) right / all;
    }

    @Override
    public void close() {
        try (engine;
                root) {
            if (steps != null) {
                steps.close();
            }
            savings.close();
        }
    }
}
