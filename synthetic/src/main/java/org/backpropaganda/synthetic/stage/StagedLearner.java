package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.function.LongUnaryOperator;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * K modules one after another as stages, each with an optimizer of its own, that meet through messages alone: results go down,
 * gradients go up, and a {@link StageRule} says what is kept in between and how long messages take. Paths and random keys are
 * those of a {@link Sequential} of the modules.
 *
 * <pre>{@code
 * try (StagedLearner learner = StagedLearner.builder(scope, List.of(first, second, head))
 *         .rule(StageRule.featuresReplay())
 *         .training(k -> StageTraining.of(Sgd.builder(0.1).build(modules.get(k).parameterList(), scope)))
 *         .seed(1)
 *         .build()) {
 *     for (Batch batch : batches) {
 *         learner.step(batch.images(), batch.labels()).forEach(learnt -> log(learnt.batch(), learnt.loss()));
 *     }
 *     learner.drain();
 * }
 * }</pre>
 *
 * <p>By {@link #step} all stages take turns on the calling thread, tick by tick: the deterministic twin of {@link #train}, in
 * which each has a thread of its own.
 */
public final class StagedLearner implements AutoCloseable {
    private final StagePlan plan;
    private final TensorScope owner;
    private final Asynchrony asynchrony;
    private Crew crew;
    private long batches;
    private List<StageFigures> figures = List.of();

    private StagedLearner(Builder builder) {
        plan = builder.plan();
        owner = builder.scope;
        if (builder.asynchrony.mostLate() > 0) {
            plan.rule().requireMayBeLate();
        }
        asynchrony = builder.asynchrony;
        crew = Crew.of(plan, owner.child(), asynchrony);
    }

    /**
     * The stages and all that they hold.
     *
     * @param scope of everything
     * @param mail of what is under way
     */
    private record Crew(TensorScope scope, TensorScope mail, List<Stage> stages, Twin twin) {
        static Crew of(StagePlan plan, TensorScope scope, Asynchrony asynchrony) {
            TensorScope mail = scope.child();
            List<Stage> stages = new ArrayList<>();
            for (int k = 0; k < plan.modules().size(); k++) {
                stages.add(new Stage(plan, k, scope.child(), mail));
            }
            return new Crew(scope, mail, stages, new Twin(plan, stages, asynchrony));
        }
    }

    /**
     * A learner to configure.
     *
     * @param scope of all that it holds between batches
     * @param modules in order, named by their number
     */
    public static Builder builder(TensorScope scope, List<? extends Module> modules) {
        return new Builder(scope, modules);
    }

    /** Configures a learner. */
    public static final class Builder {
        private final TensorScope scope;
        private final Sequential whole;
        private StageRule rule = StageRule.backpropagation();
        private StageLoss loss = (outputs, labels) -> SoftmaxCrossEntropy.crossEntropy(outputs.get(0), labels);
        private List<Feedback> feedbacks;
        private IntFunction<StageTraining> training = stage -> StageTraining.frozen();
        private IntFunction<StageTraining> predictorTraining = stage -> StageTraining.frozen();
        private LongUnaryOperator seeds = batch -> batch;
        private StageListener listener = StageListener.NONE;
        private SavedTensorPolicy policy = SavedTensorPolicy.keep();
        private boolean resumable;
        private Asynchrony asynchrony = Asynchrony.none();

        private Builder(TensorScope scope, List<? extends Module> modules) {
            if (modules.isEmpty() || new HashSet<>(modules).size() < modules.size()) {
                throw new IllegalArgumentException("staged learner: give at least one module, and none twice");
            }
            this.scope = scope;
            this.whole = new Sequential(modules);
            this.feedbacks = Collections.nCopies(modules.size() - 1, Feedback.awaited());
        }

        /** What is kept, and how long messages take; at first those of backpropagation. */
        public Builder rule(StageRule value) {
            rule = value;
            return this;
        }

        /** What the last module is trained on; at first the cross-entropy of its output with the labels. */
        public Builder loss(StageLoss value) {
            loss = value;
            return this;
        }

        /**
         * Where each module but the last has its gradient from; at first from the one behind it.
         *
         * @param values one for each module but the last
         */
        public Builder feedback(List<? extends Feedback> values) {
            if (values.size() != feedbacks.size()) {
                throw new IllegalArgumentException("staged learner: " + values.size() + " feedbacks for "
                        + (feedbacks.size() + 1) + " modules; give one for each module but the last");
            }
            feedbacks = List.copyOf(values);
            return this;
        }

        /** How each module is updated, by its number; at first not at all. */
        public Builder training(IntFunction<StageTraining> value) {
            training = value;
            return this;
        }

        /** How each predictor is updated, by the number of its module; at first not at all. */
        public Builder predictorTraining(IntFunction<StageTraining> value) {
            predictorTraining = value;
            return this;
        }

        /** The seed of a batch is this plus its number. */
        public Builder seed(long value) {
            return seeds(batch -> value + batch);
        }

        /** The seed of each batch by its number. */
        public Builder seeds(LongUnaryOperator value) {
            seeds = value;
            return this;
        }

        /** Looks on. */
        public Builder listener(StageListener value) {
            listener = value;
            return this;
        }

        /** What becomes of saved tensors; at first they are kept as they are. */
        public Builder policy(SavedTensorPolicy value) {
            policy = value;
            return this;
        }

        /** What is under way can be packed up by {@link #carried}; a graph that waits keeps its input for it. */
        public Builder resumable() {
            resumable = true;
            return this;
        }

        /** How irregular the simulated world is; at first not at all. */
        public Builder asynchrony(Asynchrony value) {
            asynchrony = value;
            return this;
        }

        private StagePlan plan() {
            List<StageTraining> trainings = new ArrayList<>();
            List<StageTraining> ofPredictors = new ArrayList<>();
            for (int k = 0; k < whole.links().size(); k++) {
                trainings.add(training.apply(k));
                boolean asks = k < feedbacks.size() && feedbacks.get(k) instanceof Feedback.Predicted;
                ofPredictors.add(asks ? predictorTraining.apply(k) : StageTraining.frozen());
            }
            return new StagePlan(
                    whole, feedbacks, rule, loss, trainings, ofPredictors, seeds, listener, policy, resumable, null);
        }

        /** The learner. */
        public StagedLearner build() {
            return new StagedLearner(this);
        }
    }

    /** The modules as one model, for evaluation. */
    public Sequential model() {
        return plan.whole();
    }

    /** How many batches a stage runs before it learns from one. */
    public int delay(int stage) {
        return plan.delay(stage);
    }

    /**
     * The gradients of one batch at the weights as they are: of all stages, as they would come if no weight moved until then.
     * Nothing moves, not even statistics.
     *
     * @param into the scope of the gradients
     * @param number of the batch, for its random numbers
     */
    public Gradients gradients(TensorScope into, long number, List<Tensor> inputs, @Nullable Tensor labels) {
        Gradients gathered = new Gradients(into);
        try (TensorScope scope = owner.child()) {
            Crew own = Crew.of(plan.gathering(gathered), scope.child(), Asynchrony.none());
            own.twin().take(batch(own.mail(), number, inputs, labels));
            own.twin().drain();
        }
        return gathered;
    }

    private static Message batch(TensorScope mail, long number, List<Tensor> inputs, @Nullable Tensor labels) {
        return Message.down(number, Message.shares(mail, inputs), labels == null ? null : mail.share(labels));
    }

    /**
     * Takes the next batch, and makes a tick.
     *
     * @param inputs of the first module. Not modified; may end with this call
     * @param labels of the batch
     * @return the batches that have come to the loss in it: with messages under way, earlier ones, or none
     */
    public List<Learnt> step(List<Tensor> inputs, @Nullable Tensor labels) {
        return crew.twin().take(batch(crew.mail(), batches++, inputs, labels));
    }

    /** {@link #step(List, Tensor)} of one input. */
    public List<Learnt> step(Tensor input, @Nullable Tensor labels) {
        return step(List.of(input), labels);
    }

    /** Makes ticks without a new batch until all stages have learned from all batches. */
    public List<Learnt> drain() {
        return crew.twin().drain();
    }

    /**
     * Trains on some batches with every stage on a thread of its own, and returns when all have learned from all. Under
     * discipline results are those of {@link #step} and {@link #drain}, bit for bit.
     *
     * <pre>{@code
     * learner.train(batches, 1000, Threading.free());
     * learner.figures().forEach(stage -> log(stage.busyNanos(), stage.waitingNanos(), stage.meanStaleness()));
     * }</pre>
     *
     * @param source of batches
     * @param count how many
     * @return the batches with their losses, in the order in which they came to the loss
     * @throws StageFailure if a stage failed. All others have ended then, and what they held was let go of
     * @throws InterruptedException if this thread was interrupted; likewise
     */
    public List<Learnt> train(StageBatches source, long count, Threading threading) throws InterruptedException {
        if (threading.isFree()) {
            plan.rule().requireMayBeLate();
        }
        crew.twin().drain();
        long first = batches;
        TensorScope mail = crew.mail();
        StageThreads threads = new StageThreads(
                plan,
                crew.stages(),
                number -> {
                    try (TensorScope scope = mail.child()) {
                        StageBatches.Batch batch = source.batch(scope, first + number);
                        return batch(mail, first + number, batch.inputs(), batch.labels());
                    }
                },
                count,
                threading);
        boolean done = false;
        try {
            List<Learnt> learnt = threads.run();
            batches += count;
            figures = threads.figures();
            done = true;
            return learnt;
        } finally {
            if (!done) {
                abandon();
            }
        }
    }

    /** What each stage did with its time in the last {@link #train}; none before. */
    public List<StageFigures> figures() {
        return figures;
    }

    /** Lets go of all that stages hold. */
    private void abandon() {
        crew.scope().close();
        crew = Crew.of(plan, owner.child(), asynchrony);
    }

    /**
     * What is under way and what stages hold, as tensors, for a state that is saved between two steps. Weights and optimizers
     * are not among them.
     *
     * @param into the scope of numbers; tensors of values stay with the learner
     * @throws IllegalStateException unless it was built to be {@linkplain Builder#resumable() resumable}
     */
    public Map<String, Tensor> carried(TensorScope into) {
        if (!plan.isResumable()) {
            throw new IllegalStateException("staged learner: is not resumable; say so when it is built");
        }
        Luggage luggage = Luggage.empty(into);
        luggage.put("batches", batches);
        crew.twin().pack(luggage.at("twin"));
        for (int k = 0; k < crew.stages().size(); k++) {
            crew.stages().get(k).pack(luggage.at("stages").at(k));
        }
        return luggage.tensors();
    }

    /**
     * Goes on where {@link #carried} packed up, with weights, statistics and optimizers as they were then.
     *
     * @param carried of a learner of the same modules, rule and settings. Stay with their scopes, which may end
     * @throws IllegalArgumentException if something is missing
     */
    public void carry(Map<String, Tensor> carried) {
        abandon();
        Luggage luggage = Luggage.of(crew.mail(), carried);
        batches = luggage.numbers("batches")[0];
        crew.twin().unpack(luggage.at("twin"), crew.mail());
        for (int k = 0; k < crew.stages().size(); k++) {
            crew.stages().get(k).unpack(luggage.at("stages").at(k));
        }
    }

    /** Drops what is under way; weights stay. */
    @Override
    public void close() {
        crew.twin().close();
        crew.stages().forEach(Stage::close);
        crew.scope().close();
    }
}
