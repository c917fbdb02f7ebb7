package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.LearningRateSchedule;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.ReduceOnPlateau;
import org.backpropaganda.autograd.optim.WeightAverage;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Trains from its state file on, or from the start where there is none, and saves its state every few steps. It prints a
 * line before each step and before and after each save. The losses of all steps are part of the state.
 */
final class ResumableRun implements AutoCloseable {
    static final int STEPS = 40;
    private static final int SAVED_EVERY = 2;
    private static final int EXAMPLES = 48;
    private static final int BATCH = 8;
    private static final int INPUTS = 64;
    private static final int WIDTH = 4096;
    private static final int CLASSES = 4;
    private static final double RATE = 1e-3;
    private static final long DATA_SEED = 77;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final Module model;
    private final Optimizer optimizer;
    private final WeightAverage average;
    private final ReduceOnPlateau plateau =
            ReduceOnPlateau.builder().patience(3).factor(0.7).build();
    private final LearningRateSchedule schedule = LearningRateSchedule.cosine(STEPS);
    private final TrainingState state;
    private Progress progress = Progress.at(0).withSeed("data", DATA_SEED).withNote("losses", "");

    private ResumableRun() {
        ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);
        model = new Sequential(
                new Linear(factory, INPUTS, WIDTH, false),
                BatchNorm.withRelu(factory, WIDTH),
                new Dropout(0.3),
                new Linear(factory, WIDTH, CLASSES, true));
        optimizer = Adam.builder(RATE).build(model.parameterList(), root);
        average = WeightAverage.builder(0.9).warmUp().build(model.parameterList(), root);
        state = TrainingState.of(model, optimizer).withAverage("ema", average).withPlateau("loss", plateau);
    }

    /**
     * Trains to the end.
     *
     * @param args the state file
     */
    public static void main(String[] args) throws IOException {
        Path file = Path.of(args[0]);
        try (ResumableRun run = new ResumableRun()) {
            if (Files.exists(file)) {
                run.progress = run.state.load(file);
            }
            while (run.progress.step() < STEPS) {
                run.step();
                if (run.progress.step() % SAVED_EVERY == 0) {
                    System.out.println("saving");
                    run.state.save(file, run.progress);
                    System.out.println("saved");
                }
            }
        }
    }

    private void step() {
        System.out.println("step");
        long step = progress.step();
        optimizer.setLearningRate(RATE * schedule.multiplier(step) * plateau.multiplier());
        long position = progress.dataPosition();
        int[] order = order(progress.seeds().get("data"), position / EXAMPLES);
        int[] examples = Arrays.copyOfRange(order, (int) (position % EXAMPLES), (int) (position % EXAMPLES) + BATCH);
        double value;
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, step)) {
            Variable loss = SoftmaxCrossEntropy.crossEntropy(
                    model.call(tape.constant(inputs(scope, examples))), tape.constant(labels(scope, examples)));
            value = loss.value().item();
            try (Gradients gradients = tape.backward(loss)) {
                optimizer.step(gradients);
            }
        }
        average.update();
        plateau.observe(value);
        progress = new Progress(step + 1, position + BATCH, progress.seeds(), progress.notes())
                .withNote("losses", progress.notes().get("losses") + " " + Double.toHexString(value));
    }

    /** All examples in the order of an epoch. */
    private static int[] order(long seed, long epoch) {
        SplittableRandom random = new SplittableRandom(seed + epoch);
        int[] order = new int[EXAMPLES];
        for (int i = 0; i < EXAMPLES; i++) {
            int j = random.nextInt(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    private static Tensor inputs(TensorScope scope, int[] examples) {
        double[] values = Arrays.stream(examples)
                .mapToObj(example -> new SplittableRandom(example).doubles(INPUTS, -1, 1))
                .flatMapToDouble(numbers -> numbers)
                .toArray();
        return scope.allocate(Shape.of(BATCH, INPUTS), DType.FLOAT, MemoryKind.INPUT)
                .set(values);
    }

    private static Tensor labels(TensorScope scope, int[] examples) {
        return scope.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT)
                .set(Arrays.stream(examples).map(example -> example % CLASSES).toArray());
    }

    @Override
    public void close() {
        engine.close();
    }
}
