package org.backpropaganda.experiments.sequence;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.io.Progress;
import org.backpropaganda.autograd.io.TrainingState;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Lstm;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.RecurrentState;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.SigmoidCrossEntropy;
import org.backpropaganda.autograd.op.Slice;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.Finite;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.run.StateFile;
import org.backpropaganda.synthetic.recurrent.RecurrentLearner;
import org.backpropaganda.synthetic.recurrent.Unrolled;
import org.backpropaganda.synthetic.recurrent.WindowEntry;
import org.backpropaganda.synthetic.recurrent.WindowStep;
import org.jspecify.annotations.Nullable;

/**
 * Trains an LSTM to copy sequences, a window a step, along a curriculum; from its state file on if there is one.
 */
public final class SequenceRun implements AutoCloseable {
    private final SequenceSettings settings;
    private final Engine engine;
    private final TensorScope root;
    private final Lstm lstm;
    private final Linear head;
    private final RecurrentLearner learner;
    private final Map<String, Optimizer> optimizers = new LinkedHashMap<>();
    private final TrainingState state;
    private final @Nullable StateFile file;
    private final CopyCurriculum curriculum;
    private CopyTask.@Nullable Sequences sequences;
    private long step;
    private int window;
    private double nats;

    /**
     * A run at its beginning, or where its state file says.
     *
     * @param file null for a run that is not saved
     * @throws UserException if no state can be saved there, the file is damaged or may not be read, or it is the state of
     *     other settings; or if a method's traces would be too large
     */
    public SequenceRun(SequenceSettings settings, @Nullable StateFile file) {
        this.settings = settings;
        this.file = file;
        curriculum = new CopyCurriculum(settings.task());
        engine = Engine.builder().threads(settings.threads()).build();
        try {
            root = engine.scope("");
            ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, settings.seed());
            lstm = new Lstm(factory, CopyTask.INPUTS, settings.width());
            head = new Linear(factory, settings.width(), CopyTask.OUTPUTS, true);
            learner = learner(factory);
            optimizers.put(
                    "model",
                    Adam.builder(settings.rate())
                            .build(
                                    Stream.of(lstm, head)
                                            .flatMap(each -> each.parameterList().stream())
                                            .toList(),
                                    root));
            if (!learner.parameters().isEmpty()) {
                optimizers.put("learner", Adam.builder(settings.predictorRate()).build(learner.parameters(), root));
            }
            state = learner.in(TrainingState.of(lstm, optimizers).withModule("head", head));
            if (file != null) {
                file.load(state).ifPresent(this::resume);
            }
        } catch (RuntimeException e) {
            engine.close();
            throw e;
        }
    }

    private RecurrentLearner learner(ParameterFactory factory) {
        try (RecurrentState like = lstm.zeroState(root, settings.batch())) {
            return new RecurrentLearner(settings.method(), like, factory);
        } catch (IllegalArgumentException e) {
            throw new UserException(String.valueOf(e.getMessage()));
        }
    }

    private void resume(Progress progress) {
        curriculum.resume(progress);
        step = progress.step();
        window = Integer.parseInt(CopyCurriculum.note(progress, "at.window"));
        nats = Double.parseDouble(CopyCurriculum.note(progress, "at.nats"));
    }

    /** How many windows were trained on. */
    public long step() {
        return step;
    }

    /** The level that is trained. */
    public CopyLevel level() {
        return curriculum.level();
    }

    /** The hardest level that was solved; null if none was. */
    public @Nullable CopyLevel solved() {
        return curriculum.solved();
    }

    /** Bits a bit of the batches that were judged last; NaN if none were. */
    public double bits() {
        return curriculum.last();
    }

    /** The highest bytes of activations so far. */
    public long peakActivationBytes() {
        return engine.ledger().peakBytes(MemoryKind.ACTIVATION);
    }

    /** Told after each step. */
    @FunctionalInterface
    public interface Watcher {
        void step(SequenceRun run);
    }

    /**
     * Trains until so many windows were trained on in all, and saves the state at the end.
     *
     * @param savedEvery after how many steps the state is saved, too
     * @throws UserException if the training diverges; then the state before stays
     */
    public void train(long steps, long savedEvery, Watcher watcher) {
        boolean moved = false;
        while (step < steps) {
            trainWindow();
            moved = true;
            if (file != null && step % savedEvery == 0) {
                save(file);
                moved = false;
            }
            watcher.step(this);
        }
        if (file != null && moved) {
            save(file);
        }
    }

    private void save(StateFile to) {
        Progress progress = curriculum
                .in(Progress.at(step))
                .withNote("at.window", Integer.toString(window))
                .withNote("at.nats", Double.toString(nats));
        to.save(state, progress);
    }

    private void trainWindow() {
        CopyLevel level = curriculum.level();
        if (sequences == null) {
            sequences = CopyTask.sequences(level, settings.batch(), settings.seed(), curriculum.sequence());
        }
        CopyTask.Sequences read = sequences;
        int from = window * settings.window();
        int count = Math.min(settings.window(), level.length() - from);
        boolean last = from + count == level.length();
        boolean[] ended = new boolean[settings.batch()];
        Arrays.fill(ended, last);
        try (TensorScope scope = root.child();
                WindowStep trained =
                        learner.step(scope, step, ended, entry -> unroll(entry, read, level, from, count))) {
            nats += Finite.require(trained.loss(), "the loss of step " + (step + 1));
            optimizers.values().forEach(each -> {
                each.step(trained.gradients());
                each.step(trained.ofPredictor());
            });
        }
        step++;
        window++;
        if (last) {
            curriculum.ended(nats / (level.answers() * CopyTask.OUTPUTS) / Math.log(2));
            nats = 0;
            window = 0;
            sequences = null;
        }
    }

    /** Nats of all that a step says, a mean over the batch, summed over the steps. */
    private Unrolled unroll(WindowEntry entry, CopyTask.Sequences read, CopyLevel level, int from, int count) {
        Tape tape = entry.tape();
        Variable x = tape.constant(tensor(tape.scope(), read.inputs(), from, count, CopyTask.INPUTS));
        List<Variable> results = lstm.call(entry.with(x));
        int first = Math.max(from, level.firstAnswer());
        int answers = from + count - first;
        if (answers <= 0) {
            Tensor nothing = tape.scope().zeros(Shape.of(), DType.FLOAT, MemoryKind.TEMPORARY);
            return new Unrolled(tape.constant(nothing), results);
        }
        Variable said = head.call(Slice.slice(results.get(0), 0, first - from, answers));
        Variable wanted = tape.constant(tensor(tape.scope(), read.targets(), first, answers, CopyTask.OUTPUTS));
        Variable mean = SigmoidCrossEntropy.binaryCrossEntropy(said, wanted);
        return new Unrolled(Scale.scale(mean, (double) answers * CopyTask.OUTPUTS), results);
    }

    private Tensor tensor(TensorScope scope, double[] all, int from, int count, int channels) {
        int row = settings.batch() * channels;
        return scope.allocate(Shape.of(count, settings.batch(), channels), DType.FLOAT, MemoryKind.INPUT)
                .set(Arrays.copyOfRange(all, from * row, (from + count) * row));
    }

    @Override
    public void close() {
        engine.close();
    }
}
