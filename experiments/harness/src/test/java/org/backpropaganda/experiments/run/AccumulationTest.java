package org.backpropaganda.experiments.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.MemoryLedger;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.data.Batch;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.report.Json;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps whose batch is cut into micro-batches. */
class AccumulationTest {
    private static final int BATCH = 10;

    /** The data, opened once. */
    @TempDir
    private static Path shared;

    @TempDir
    private Path directory;

    @BeforeAll
    static void storeData() throws IOException {
        TrainingData.open(config("mlp", "float", BATCH, 1)).store(shared.resolve("data.bin"));
    }

    private static Trainee trainee(RunConfig config, String strategy) {
        return new Trainee(config, Strategy.parse(strategy), TrainingData.stored(config, shared.resolve("data.bin")));
    }

    private static RunConfig config(String model, String dtype, int batch, int accumulate) {
        return new RunConfig(
                new RunConfig.Shape(model, 2, 8, 1, 2),
                new RunConfig.Passes(batch, 4, 0, 5, accumulate),
                new RunConfig.Descent("sgd", 0.02, 1e-4, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, dtype));
    }

    /** What a step gave: its loss, its gradients, the signs of activations, and the weights behind it. */
    private record Step(
            double loss, Map<String, double[]> gradients, Map<Integer, BitSet> signs, Map<String, double[]> weights) {}

    private static Step step(RunConfig config, String strategy) throws IOException {
        double[] loss = new double[1];
        Map<String, double[]> gradients = new LinkedHashMap<>();
        try (Trainee trainee = trainee(config, strategy)) {
            long before = trainee.engine().ledger().liveBytes();
            trainee.model().taps().signs().start();
            trainee.step(0, trainee.prepare(0), new Trainee.Watcher() {
                @Override
                public void afterLoss(double value) {
                    loss[0] = value;
                }

                @Override
                public void afterBackward(Gradients found) {
                    trainee.model().parameters().forEach((name, parameter) -> {
                        Tensor gradient = found.of(parameter);
                        assertThat(gradient).isNotNull();
                        gradients.put(name, gradient.toDoubles());
                    });
                }
            });
            assertThat(trainee.engine().ledger().liveBytes(MemoryKind.GRADIENT)).isZero();
            assertThat(trainee.engine().ledger().liveBytes(MemoryKind.INPUT)).isZero();
            assertThat(trainee.engine().ledger().liveBytes()
                            - trainee.engine().ledger().liveBytes(MemoryKind.OPTIMIZER))
                    .isLessThanOrEqualTo(before);
            Map<String, double[]> weights = new LinkedHashMap<>();
            trainee.model()
                    .parameters()
                    .forEach((name, parameter) ->
                            weights.put(name, parameter.value().toDoubles()));
            return new Step(loss[0], gradients, trainee.model().taps().signs().stop(), weights);
        }
    }

    /** Of 10 images, 3 micro-batches have 3, 3 and 4. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5})
    void gradientsAreThoseOfTheWholeBatch(int accumulate) throws IOException {
        Step whole = step(config("revgru", "double", BATCH, 1), "plain");
        for (String strategy : new String[] {"plain", "checkpoint", "pieces:2"}) {
            Step cut = step(config("revgru", "double", BATCH, accumulate), strategy);
            assertThat(cut.loss()).isCloseTo(whole.loss(), within(1e-12));
            whole.gradients()
                    .forEach((name, gradient) ->
                            assertThat(cut.gradients().get(name)).as(name).containsExactly(gradient, within(1e-12)));
            whole.weights()
                    .forEach((name, weight) ->
                            assertThat(cut.weights().get(name)).as(name).containsExactly(weight, within(1e-12)));
        }
    }

    /** Batch norms see micro-batches; every one of them is differentiated, and predictors know their shares. */
    @ParameterizedTest
    @CsvSource({
        "resnet, abn",
        "mlp, decoupled",
        "mlp, local",
        "resnet, dfa",
        "mlp, bp-lambda:falling=2",
        "revnet, reversible+abn"
    })
    void anyModelAccumulates(String model, String strategy) throws IOException {
        Step step = step(config(model, "float", BATCH, 3), strategy);
        assertThat(step.loss()).isFinite();
        step.weights().forEach((name, weight) -> assertThat(weight).as(name).doesNotContain(Double.NaN));
    }

    /** Those of micro-batches stand one behind the other: a bit far behind is set. */
    @Test
    void signsAreThoseOfTheWholeBatch() throws IOException {
        RunConfig config = config("resnet", "double", BATCH, 3);
        Map<Integer, BitSet> signs = step(config, "plain").signs();
        Map<Integer, BitSet> whole =
                step(config("resnet", "double", BATCH, 1), "plain").signs();
        assertThat(signs.keySet()).isEqualTo(whole.keySet()).isNotEmpty();
        whole.forEach((activation, positive) ->
                assertThat(signs.get(activation).length()).isGreaterThan((int) (0.9 * positive.length())));
    }

    private static long most(Trainee trainee, Batch batch, boolean withGradients) throws IOException {
        AtomicLong most = new AtomicLong();
        MemoryLedger ledger = trainee.engine().ledger();
        ledger.listen((event, kind, path, delta, l) -> most.accumulateAndGet(
                l.liveBytes() - (withGradients ? 0 : l.liveBytes(MemoryKind.GRADIENT)), Math::max));
        trainee.step(1, batch, new Trainee.Watcher() {});
        ledger.listen(null);
        return most.get();
    }

    /**
     * From the second micro-batch on all gradients are there: a step holds what one of the largest micro-batch alone holds but for
     * its gradients, and those of all parameters.
     */
    @ParameterizedTest
    @CsvSource({"revgru, 5, 2", "revgru, 5, 5", "revgru, 5, 3", "neuralode, 3, 2", "resnet, 2, 2"})
    void aStepHoldsAMicroBatch(String model, int largest, int accumulate) throws IOException {
        int batch = largest * accumulate - (accumulate == 3 ? 1 : 0);
        RunConfig cut = config(model, "double", batch, accumulate);
        assertThat(cut.largestMicroBatch()).isEqualTo(largest);
        RunConfig alone = config(model, "double", largest, 1);
        long expected;
        long gradients;
        try (Trainee trainee = trainee(alone, "plain")) {
            trainee.step(0, trainee.prepare(0), new Trainee.Watcher() {});
            expected = most(trainee, trainee.prepare(1), false);
            gradients = trainee.model().parameters().values().stream()
                    .mapToLong(parameter -> parameter.value().bytes())
                    .sum();
        }
        try (Trainee trainee = trainee(cut, "plain")) {
            trainee.step(0, trainee.prepare(0), new Trainee.Watcher() {});
            assertThat(most(trainee, trainee.prepare(1), true)).isEqualTo(expected + gradients);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 0, 6, 11})
    void whatCannotBeCutIsRefused(int accumulate) {
        assertThatThrownBy(() -> config("mlp", "float", BATCH, accumulate))
                .isInstanceOf(UserException.class)
                .hasMessage("accumulate " + accumulate
                        + " is not within 1 and 5, half the batch of 10: batch norm needs two"
                        + " images of a micro-batch");
    }

    @Test
    void aReportTellsIt() {
        RunConfig config = config("mlp", "float", BATCH, 3);
        Path file = directory.resolve("config.json");
        Json.write(file, config);
        assertThat(file).content().containsPattern("\"accumulate\" : 3\\b");
        assertThat(Json.read(file, RunConfig.class)).isEqualTo(config);
        assertThat(config.oneStep().accumulate()).isEqualTo(3);
    }

    @Test
    void aRunGoesOnAsItBegan() throws IOException {
        Path straight = directory.resolve("straight.state");
        Path stopped = directory.resolve("stopped.state");
        RunConfig config = config("revgru", "float", BATCH, 3);
        train(config, straight, 100);
        train(config, stopped, 2);
        train(config, stopped, 100);
        assertThat(stopped).hasSameBinaryContentAs(straight);
        assertThatThrownBy(() -> train(config("revgru", "float", BATCH, 1), stopped, 100))
                .isInstanceOf(UserException.class)
                .hasMessageContaining("is the state of a run with accumulate 3, which was not asked for");
        assertThatThrownBy(() -> train(config("revgru", "float", BATCH, 2), stopped, 100))
                .hasMessageContaining("accumulate 3, not 2");
        Path whole = directory.resolve("whole.state");
        train(config("revgru", "float", BATCH, 1), whole, 2);
        assertThatThrownBy(() -> train(config, whole, 100)).hasMessageContaining("tells no accumulate");
    }

    private static void train(RunConfig config, Path file, int until) throws IOException {
        try (ResumableRun run = new ResumableRun(config, Strategy.PLAIN, file)) {
            run.train(1, (done, of, loss) -> {
                if (done == until) {
                    throw new IllegalStateException("stopped");
                }
            });
        } catch (IllegalStateException e) {
            assertThat(e).hasMessage("stopped");
        }
    }
}
