package org.backpropaganda.experiments.text;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.AdamW;
import org.backpropaganda.autograd.optim.GradientClip;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.Finite;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.synthetic.recurrent.RecurrentMethod;
import org.backpropaganda.synthetic.recurrent.WindowStep;
import org.jspecify.annotations.Nullable;

/** Trains a model of characters, evaluates it and lets it write. */
public final class CharTraining implements AutoCloseable {
    private static final double BETA1 = 0.9;
    private static final double BETA2 = 0.99;
    private static final double WARM_UP = 0.05;
    private static final double LEAST_RATE = 0.05;

    private final CharText text;
    private final Engine engine;
    private final TensorScope root;
    private final CharModel model;
    private final Optimizer optimizer;
    private final @Nullable Optimizer ofBesides;
    private final LearningRateSchedule schedule;
    private final TrainingState state;
    private long step;

    /** What kind of model. */
    public enum Kind {
        /** Causal attention over a window. */
        TRANSFORMER,
        /** Long short-term memory over streams. */
        LSTM
    }

    /**
     * What is trained.
     *
     * @param memory of a transformer: plain, checkpoint or reversible
     * @param heads of a transformer
     * @param dropout of an LSTM
     * @param steps of training in all
     * @param method what crosses the border between two windows of an LSTM
     */
    public record Sizes(
            Kind kind,
            String memory,
            int depth,
            int width,
            int heads,
            double dropout,
            int length,
            int batch,
            int steps,
            long seed,
            int threads,
            RecurrentMethod method) {

        /** With gradients that end at the entry of a window. */
        public Sizes(
                Kind kind,
                String memory,
                int depth,
                int width,
                int heads,
                double dropout,
                int length,
                int batch,
                int steps,
                long seed,
                int threads) {
            this(
                    kind,
                    memory,
                    depth,
                    width,
                    heads,
                    dropout,
                    length,
                    batch,
                    steps,
                    seed,
                    threads,
                    RecurrentMethod.bptt());
        }

        /** Numbers that a transformer's block keeps of a token for backward: at its norms, projections and activation. */
        private static final double KEPT_BY_ATTENTION = 8;

        /** Gates and cell. */
        private static final double KEPT_BY_LSTM = 5;

        /** A weight, its gradient, and two moments of the optimizer. */
        private static final double COPIES = 4;

        /**
         * Bytes of weights, what trains them, and what a step keeps, at the least.
         *
         * @param vocabulary how many different characters there are
         */
        public double leastBytes(int vocabulary) {
            double square = (double) width * width;
            double row = (double) batch * length * width;
            boolean lstm = kind == Kind.LSTM;
            double weights = depth * (lstm ? 4 : 12) * square + (double) vocabulary * width;
            double blocks = lstm || memory.equals("plain") ? depth : 1;
            double kept = blocks * row * (lstm ? KEPT_BY_LSTM : KEPT_BY_ATTENTION);
            return Float.BYTES * (COPIES * weights + kept);
        }
    }

    /**
     * A model and its optimizer.
     *
     * @throws UserException if the text is too short for a window in each stream of an LSTM
     */
    public CharTraining(CharText text, Sizes sizes) {
        if (sizes.kind == Kind.LSTM) {
            text.checkStreams(sizes.batch, sizes.length);
        }
        this.text = text;
        engine = Engine.builder().threads(sizes.threads).build();
        try {
            root = engine.scope("");
            model = switch (sizes.kind) {
                case TRANSFORMER -> new TransformerModel(text, sizes, root);
                case LSTM -> new LstmModel(text, sizes, root);
            };
            optimizer = AdamW.builder(model.recipe().rate())
                    .betas(BETA1, BETA2)
                    .weightDecay(model.recipe().decay())
                    .decays(parameter -> parameter.value().shape().rank() > 1)
                    .build(model.module().parameterList(), root);
            Map<String, Optimizer> optimizers = new LinkedHashMap<>(Map.of("model", optimizer));
            if (model.besides().isEmpty()) {
                ofBesides = null;
            } else {
                ofBesides =
                        Adam.builder(model.recipe().rate()).betas(BETA1, BETA2).build(model.besides(), root);
                optimizers.put("beside", ofBesides);
            }
            state = model.in(TrainingState.of(model.module(), optimizers));
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
        schedule = LearningRateSchedule.cosine(sizes.steps, LEAST_RATE).afterWarmUp((long) (WARM_UP * sizes.steps));
    }

    /** All that training changes, but for the number of the step. */
    public TrainingState state() {
        return state;
    }

    /** How many steps were made. */
    public long made() {
        return step;
    }

    /** Goes on behind so many steps, once the state was loaded. */
    public void goOn(long steps) {
        step = steps;
    }

    static double finite(double loss, long step) {
        return Finite.require(loss, "the loss of step " + (step + 1));
    }

    /**
     * One step; returns its loss in bits a character.
     *
     * @throws UserException if it is not finite; then nothing was updated
     */
    public double step() {
        double multiplier = schedule.multiplier(step);
        optimizer.setLearningRate(model.recipe().rate() * multiplier);
        double loss;
        try (TensorScope scope = root.child();
                WindowStep trained = model.step(scope, step)) {
            loss = trained.loss();
            GradientClip.byNorm(model.recipe().clip()).clip(trained.gradients());
            optimizer.step(trained.gradients());
            if (ofBesides != null) {
                ofBesides.setLearningRate(model.recipe().rate() * multiplier);
                ofBesides.step(trained.gradients());
                ofBesides.step(trained.ofPredictor());
            }
        }
        step++;
        return loss / Math.log(2);
    }

    /**
     * Bits a character of the validation text.
     *
     * @throws UserException if they are not finite
     */
    public double validation() {
        return Finite.require(model.validation(), "the validation's loss") / Math.log(2);
    }

    /**
     * Text that the model writes.
     *
     * @param temperature below 1 for what is likely, above for what is not
     */
    public String sample(int characters, double temperature, long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        int[] written = new int[characters];
        int last = text.start();
        try (CharModel.Reader reader = model.reader()) {
            for (int i = 0; i < characters; i++) {
                last = draw(reader.read(last), temperature, random);
                written[i] = last;
            }
        }
        return text.decode(written);
    }

    private static int draw(double[] logits, double temperature, SplittableRandom random) {
        double highest = Arrays.stream(logits).max().orElseThrow();
        double[] weights = Arrays.stream(logits)
                .map(logit -> Math.exp((logit - highest) / temperature))
                .toArray();
        double at = random.nextDouble() * Arrays.stream(weights).sum();
        int chosen = 0;
        while (chosen < weights.length - 1 && at >= weights[chosen]) {
            at -= weights[chosen];
            chosen++;
        }
        return chosen;
    }

    /** What is trained. */
    List<Parameter> parameters() {
        return model.module().parameterList();
    }

    /** The highest bytes of activations so far. */
    public long peakActivationBytes() {
        return engine.ledger().peakBytes(MemoryKind.ACTIVATION);
    }

    /** The highest bytes of all kinds so far. */
    long peakBytes() {
        return engine.ledger().peakBytes();
    }

    @Override
    public void close() {
        engine.close();
    }
}
