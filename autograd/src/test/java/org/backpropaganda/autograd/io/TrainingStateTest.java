package org.backpropaganda.autograd.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.optim.Adam;
import org.backpropaganda.autograd.optim.AdamW;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.ReduceOnPlateau;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.optim.WeightAverage;
import org.backpropaganda.autograd.optim.WeightSwap;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class TrainingStateTest {
    @TempDir
    private Path directory;

    private Path file;

    /** An optimizer, on a model of one element type. */
    record Kind(String name, DType dtype, BiFunction<List<Parameter>, TensorScope, Optimizer> build) {
        Run run(long seed) {
            return new Run(dtype, seed, build);
        }

        @Override
        public String toString() {
            return name + " " + dtype;
        }
    }

    private static Optimizer momentum(List<Parameter> parameters, TensorScope scope) {
        return Sgd.builder(0.1).momentum(0.9).weightDecay(0.01).build(parameters, scope);
    }

    private static Optimizer adam(List<Parameter> parameters, TensorScope scope) {
        return Adam.builder(0.01).build(parameters, scope);
    }

    static Stream<Kind> kinds() {
        return Stream.of(DType.FLOAT, DType.DOUBLE)
                .flatMap(dtype -> Stream.of(
                        new Kind("plain", dtype, (p, scope) -> Sgd.builder(0.1).build(p, scope)),
                        new Kind("momentum", dtype, TrainingStateTest::momentum),
                        new Kind("adam", dtype, TrainingStateTest::adam),
                        new Kind(
                                "adamW",
                                dtype,
                                (p, scope) -> AdamW.builder(0.01).build(p, scope))));
    }

    @BeforeEach
    void name() {
        file = directory.resolve("run.state");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aResumedRunEqualsOneThatNeverStopped(Kind kind) throws IOException {
        Progress progress = Progress.at(3)
                .withDataPosition(15)
                .withSeed("data", -9)
                .withSeed("augmentation", Long.MAX_VALUE)
                .withNote("model", "two layers \u2192 \"loss\"");
        try (Run straight = kind.run(1);
                Run resumed = kind.run(2)) {
            straight.train(0, 3);
            straight.optimizer.setLearningRate(1.0 / 30);
            straight.state().save(file, progress);
            straight.train(3, 7);

            resumed.train(0, 1);
            assertThat(resumed.state().load(file)).isEqualTo(progress);
            assertThat(resumed.optimizer.learningRate()).isEqualTo(1.0 / 30);
            assertThat(resumed.optimizer.stateBytes()).isEqualTo(straight.optimizer.stateBytes());
            resumed.train(3, 7);
            WeightsTest.assertSame(resumed.values(), straight.values());

            Path again = directory.resolve("again.state");
            straight.save(again, 7);
            resumed.save(file, 7);
            assertThat(file).hasSameBinaryContentAs(again);
        }
    }

    @Test
    void aStateFromBeforeTheFirstStepUndoesSteps() throws IOException {
        try (Run straight = new Run(DType.FLOAT, 1, TrainingStateTest::adam);
                Run resumed = new Run(DType.FLOAT, 2, TrainingStateTest::adam)) {
            straight.save(file, 0);
            straight.train(0, 2);
            resumed.train(0, 5);
            assertThat(resumed.state().load(file).step()).isZero();
            assertThat(resumed.optimizer.stateBytes()).isZero();
            resumed.train(0, 2);
            WeightsTest.assertSame(resumed.values(), straight.values());
        }
    }

    @Test
    void isASafetensorsFile() throws IOException {
        try (Run run = new Run(DType.FLOAT, 1, TrainingStateTest::momentum)) {
            run.train(0, 1);
            run.save(file, 1);
            try (TensorFile read = SafeTensors.open(file)) {
                assertThat(read.tensors())
                        .containsKeys("model.0.weight", "model.1.running_mean", "optimizer.main.4.bias.0");
                assertThat(read.metadata()).containsEntry("step", "1").containsEntry("optimizer.main", "sgd");
            }
        }
    }

    @Test
    void anyChangedByteIsRefusedAndNothingIsModified() throws IOException {
        try (Run run = new Run(DType.FLOAT, 1, TrainingStateTest::momentum)) {
            run.train(0, 2);
            run.save(file, 2);
            run.train(2, 3);
            Map<String, double[]> before = run.values();
            byte[] good = Files.readAllBytes(file);
            Path bad = directory.resolve("bad.state");
            for (int at = 0; at < good.length; at += at < 200 ? 1 : 37) {
                byte[] changed = good.clone();
                changed[at] ^= 0x10;
                Files.write(bad, changed);
                assertRefused(run, bad, "");
            }
            for (int length = 0; length < good.length; length += 61) {
                Files.write(bad, Arrays.copyOf(good, length));
                assertRefused(run, bad, "");
            }
            WeightsTest.assertSame(run.values(), before);
            assertThat(run.optimizer.state().slots().values()).allMatch(slot -> slot.steps() == 3);
            run.state().load(file);
        }
    }

    @Test
    void refusesStatesOfOthers() throws IOException {
        try (Run run = new Run(DType.FLOAT, 1, TrainingStateTest::momentum);
                Run adam = new Run(DType.FLOAT, 1, TrainingStateTest::adam);
                Run wide = new Run(
                        DType.FLOAT,
                        1,
                        9,
                        TrainingStateTest::momentum,
                        Engine.builder().threads(1).build())) {
            run.train(0, 1);
            run.save(file, 1);
            assertRefused(adam, file, "optimizer \"main\" is of kind sgd, not adam");
            assertRefused(wide, file, "\"model.0.weight\" F32[");
            TrainingState two = TrainingState.of(run.model, Map.of("other", run.optimizer));
            assertThatThrownBy(() -> two.load(file)).hasMessageContaining("optimizer \"other\" is of kind null");
            TrainingState none = TrainingState.of(run.model, Map.of());
            assertThatThrownBy(() -> none.load(file)).hasMessageContaining("not here: [main]");
            SafeTensors.write(file, Weights.of(run.model));
            assertRefused(run, file, "has no checksum");
            TrainingState mixed = TrainingState.of(run.model, adam.optimizer);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> mixed.save(file, Progress.at(0)))
                    .withMessageContaining("which the model has not");
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> TrainingState.of(run.model, Map.of("a.b", run.optimizer)));
            assertThatIllegalArgumentException().isThrownBy(() -> Progress.at(-1));
        }
    }

    @Test
    void tensorsThatAreCarriedAreFilledInPlace() throws IOException {
        try (Run run = new Run(DType.FLOAT, 1, TrainingStateTest::adam)) {
            Tensor state =
                    run.engine.scope("").allocate(Shape.of(2, 3), DType.FLOAT).set(1, 2, 3, 4, 5, 6);
            Tensor count = run.engine.scope("").allocate(Shape.of(1), DType.INT).set(7);
            TrainingState all = run.state().withTensors("layer", Map.of("state", state, "count", count));
            all.save(file, Progress.at(0));
            state.zero();
            count.zero();
            all.load(file);
            assertThat(state.toDoubles()).containsExactly(1, 2, 3, 4, 5, 6);
            assertThat(count.toDoubles()).containsExactly(7);
            assertThatThrownBy(() -> run.state().load(file)).hasMessageContaining("carried.layer.");
            state.fill(Double.NaN);
            assertThat(all.nonFinite()).contains("carried.layer.state");
            assertThatThrownBy(() -> all.withTensors("layer", Map.of("state", count)))
                    .hasMessage("name \"layer.state\" is taken");
        }
    }

    /** Which there are is what the file says, and the ledger is where it was. */
    @Test
    void tensorsUnderWayComeFromTheFile() throws IOException {
        try (Run run = new Run(DType.FLOAT, 1, TrainingStateTest::adam)) {
            Map<String, Tensor> there = new LinkedHashMap<>();
            Map<String, double[]> came = new LinkedHashMap<>();
            TensorScope scope = run.engine.scope("");
            TrainingState all = run.state()
                    .withUnderWay(
                            "queue",
                            scope,
                            into -> {
                                Map<String, Tensor> now = new LinkedHashMap<>(there);
                                now.put(
                                        "count",
                                        into.allocate(Shape.of(1), DType.INT).set(there.size()));
                                return now;
                            },
                            tensors -> tensors.forEach((key, tensor) -> came.put(key, tensor.toDoubles())));
            there.put("0.x", scope.allocate(Shape.of(2), DType.FLOAT).set(3, -4));
            long live = run.engine.ledger().liveBytes();
            all.save(file, Progress.at(1));
            there.clear();
            all.load(file);
            assertThat(run.engine.ledger().liveBytes()).isEqualTo(live);
            assertThat(came).containsOnlyKeys("0.x", "count");
            assertThat(came.get("0.x")).containsExactly(3, -4);
            assertThat(came.get("count")).containsExactly(1);
            assertThatThrownBy(() -> run.state().load(file)).hasMessageContaining("carried.queue.");

            there.put("1.x", scope.allocate(Shape.of(1), DType.FLOAT).set(Double.NaN));
            assertThat(all.nonFinite()).contains("carried.queue.1.x");
            assertThatThrownBy(() -> all.withTensors("queue", there)).hasMessage("name \"queue\" is taken");
            assertThatThrownBy(() -> all.withUnderWay("queue", scope, into -> there, tensors -> {}))
                    .hasMessage("name \"queue\" is taken");
            TrainingState refusing = run.state().withUnderWay("queue", scope, into -> there, tensors -> {
                throw new IllegalArgumentException("no \"batches\"");
            });
            assertThatThrownBy(() -> refusing.load(file))
                    .isInstanceOf(TensorFileException.class)
                    .hasMessageContaining("no \"batches\"");
        }
    }

    @Test
    void averagesAndPlateausGoOn() throws IOException {
        try (Run straight = new Run(DType.FLOAT, 1, TrainingStateTest::adam);
                Run resumed = new Run(DType.FLOAT, 2, TrainingStateTest::adam)) {
            Extras here = Extras.of(straight);
            here.train(0, 5);
            here.state().save(file, Progress.at(5));
            here.train(5, 9);
            Extras there = Extras.of(resumed);
            there.train(0, 1);
            there.state().load(file);
            there.train(5, 9);
            assertThat(there.plateau.state()).isEqualTo(here.plateau.state());
            assertThat(there.plateau.multiplier()).isLessThan(1);
            assertThat(there.average.updates()).isEqualTo(9);
            Path again = directory.resolve("again.state");
            here.state().save(file, Progress.at(9));
            there.state().save(again, Progress.at(9));
            assertThat(again).hasSameBinaryContentAs(file);

            assertRefused(straight, file, "weight averages that are not here: [ema]");
            TrainingState averaged = straight.state().withAverage("ema", here.average);
            assertThatThrownBy(() -> averaged.load(file)).hasMessageContaining("plateaus that are not here: [loss]");
            straight.save(file, 9);
            assertThatThrownBy(() -> here.state().load(file)).hasMessageContaining("has no \"updates.ema\"");
            try (WeightSwap swap = here.average.swapIn()) {
                assertThat(swap).isNotNull();
                assertThatThrownBy(() -> here.state().save(file, Progress.at(9)))
                        .isInstanceOf(IllegalStateException.class);
            }
            assertThatIllegalArgumentException().isThrownBy(() -> averaged.withAverage("ema", here.average));
            assertThatIllegalArgumentException().isThrownBy(() -> averaged.withPlateau("a.b", here.plateau));
        }
    }

    /** What is kept beside a run. */
    private record Extras(Run run, WeightAverage average, ReduceOnPlateau plateau) {
        static Extras of(Run run) {
            return new Extras(
                    run,
                    WeightAverage.builder(0.8).warmUp().build(run.model.parameterList(), run.engine.scope("")),
                    ReduceOnPlateau.builder().patience(1).higherIsBetter().build());
        }

        void train(long from, long to) {
            for (long step = from; step < to; step++) {
                run.train(step, step + 1);
                average.update();
                plateau.observe(step == 1 ? 2 : 1.0 / step);
            }
        }

        TrainingState state() {
            return run.state().withAverage("ema", average).withPlateau("loss", plateau);
        }
    }

    @Test
    void modulesBesideTheModelGoWithIt() throws IOException {
        try (Run model = new Run(DType.FLOAT, 1, TrainingStateTest::adam);
                Run beside = new Run(DType.FLOAT, 2, TrainingStateTest::adam);
                Run other = new Run(DType.FLOAT, 3, TrainingStateTest::adam);
                Run otherBeside = new Run(DType.FLOAT, 4, TrainingStateTest::adam)) {
            model.train(0, 2);
            beside.train(0, 3);
            TrainingState.of(model.model, Map.of("main", model.optimizer, "beside", beside.optimizer))
                    .withModule("predictors.0", beside.model)
                    .save(file, Progress.at(3));
            TrainingState.of(other.model, Map.of("main", other.optimizer, "beside", otherBeside.optimizer))
                    .withModule("predictors.0", otherBeside.model)
                    .load(file);
            WeightsTest.assertSame(other.values(), model.values());
            WeightsTest.assertSame(otherBeside.values(), beside.values());
            other.train(3, 5);
            model.train(3, 5);
            otherBeside.train(3, 5);
            beside.train(3, 5);
            WeightsTest.assertSame(other.values(), model.values());
            WeightsTest.assertSame(otherBeside.values(), beside.values());

            TrainingState alone = model.state();
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> alone.withModule(
                            "0", new Linear(new ParameterFactory(model.engine.scope(""), DType.FLOAT, 1), 1, 1, true)))
                    .withMessageContaining("\"0.weight\"");
        }
    }

    /** Whatever order the caller's map is in: eight names have 40,320. */
    @Test
    void equalStatesMakeEqualFiles() throws IOException {
        try (Run run = new Run(DType.FLOAT, 1, TrainingStateTest::adam)) {
            Map<String, Optimizer> some = new HashMap<>();
            for (String name : List.of("main", "predictors", "slow", "outer", "a", "warm", "inner", "body")) {
                some.put(name, run.optimizer);
            }
            run.train(0, 1);
            TrainingState.of(run.model, some).save(file, Progress.at(1));
            try (TensorFile saved = SafeTensors.open(file)) {
                assertThat(saved.metadata().keySet().stream().filter(key -> key.startsWith("optimizer.")))
                        .hasSize(8)
                        .isSorted();
            }
            some.put("slow", TrainingStateTest.momentum(run.model.parameterList(), run.engine.scope("")));
            TrainingState.of(run.model, some).save(file, Progress.at(1));
            assertThat(TrainingState.peek(file).step()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whatIsNotFiniteIsNamed(Kind kind) throws IOException {
        try (Run run = kind.run(1)) {
            run.train(0, 2);
            assertThat(run.state().nonFinite()).isEmpty();
            run.optimizer
                    .state()
                    .slots()
                    .forEach((parameter, slot) -> slot.tensors().forEach(tensor -> {
                        tensor.fill(Double.POSITIVE_INFINITY);
                        assertThat(run.state().nonFinite()).get().asString().startsWith("optimizer.main.");
                        tensor.zero();
                    }));
            Map<String, Tensor> weights = Weights.of(run.model);
            weights.get("1.running_mean").fill(Double.NEGATIVE_INFINITY);
            assertThat(run.state().nonFinite()).contains("model.1.running_mean");
            weights.get("1.running_mean").zero();
            weights.get("4.bias").set(0, 1, Double.NaN);
            assertThat(run.state().nonFinite()).contains("model.4.bias");
        }
    }

    @Test
    void statesAreKept() throws IOException {
        try (Run run = new Run(DType.FLOAT, 1, TrainingStateTest::adam)) {
            for (int step = 1; step <= 4; step++) {
                run.train(step - 1, step);
                run.state().save(file, Progress.at(step), 3);
            }
            assertThat(TrainingState.peek(file).step()).isEqualTo(4);
            assertThat(TrainingState.peek(directory.resolve("run.state.1")).step())
                    .isEqualTo(3);
            assertThat(run.state().load(directory.resolve("run.state.2")).step())
                    .isEqualTo(2);
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> run.state().save(file, Progress.at(1), 0))
                    .withMessageContaining("0 states");
        }
    }

    @Test
    void withoutRoomForStateNothingIsModified() throws IOException {
        Engine tight = Engine.builder().threads(1).memoryBudgetBytes(1000).build();
        try (Run run = new Run(DType.FLOAT, 1, TrainingStateTest::adam);
                Run resumed = new Run(DType.FLOAT, 2, 8, TrainingStateTest::adam, tight)) {
            run.train(0, 1);
            run.save(file, 1);
            Map<String, double[]> before = resumed.values();
            assertThatThrownBy(() -> resumed.state().load(file)).isInstanceOf(MemoryBudgetException.class);
            WeightsTest.assertSame(resumed.values(), before);
            assertThat(resumed.optimizer.state().slots().values()).allMatch(slot -> slot.steps() == 0);
        }
    }

    private static void assertRefused(Run run, Path path, String message) {
        assertThatThrownBy(() -> run.state().load(path))
                .isInstanceOf(TensorFileException.class)
                .hasMessageStartingWith(path + ": ")
                .hasMessageContaining(message);
    }
}
