package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Summaries of every architecture under every strategy, against steps that ran. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SummaryTest {
    private static final int BATCH = 4;
    private static final int SIDE = 8;

    private final Engine engine = Engine.builder().threads(2).build();

    @AfterAll
    void close() {
        engine.close();
    }

    private static ModelSpec spec(String kind, DType dtype) {
        return new ModelSpec(kind, new ModelSpec.Size(3, 8), 2, new ModelSpec.Images(SIDE, SIDE, 3, 10), dtype);
    }

    private static List<TensorSpec> inputs(ModelSpec spec, int batch) {
        return List.of(
                new TensorSpec(Shape.of(batch, spec.height(), spec.columns(), spec.channels()), spec.dtype()),
                new TensorSpec(Shape.of(batch), DType.INT));
    }

    static Stream<Arguments> everything() {
        return Architectures.all().stream()
                .map(Architecture::name)
                .flatMap(kind -> Strategy.all().stream()
                        .filter(SummaryTest::arrangesAlone)
                        .filter(strategy -> Fit.fits(spec(kind, DType.FLOAT), strategy))
                        .flatMap(strategy -> Stream.of(DType.FLOAT, DType.DOUBLE)
                                .map(dtype -> Arguments.of(kind, strategy.toString(), dtype))));
    }

    /** What becomes of saved tensors is another matter, of {@link SavingStrategiesTest}. */
    private static boolean arrangesAlone(Strategy strategy) {
        return strategy.techniques().stream()
                .allMatch(technique -> technique.level().compareTo(Level.MODEL) <= 0);
    }

    @ParameterizedTest
    @MethodSource("everything")
    void predictsWhatTheLedgerMeasures(String kind, String strategy, DType dtype) {
        ModelSpec spec = spec(kind, dtype);
        try (TensorScope scope = engine.scope("")) {
            LossModule model = new LossModule(Model.create(spec, Strategy.parse(strategy), scope, 3));
            Tensor images = scope.allocate(Shape.of(BATCH, SIDE, SIDE, 3), dtype, MemoryKind.INPUT);
            images.set(new SplittableRandom(1).doubles(images.elements(), -1, 1).toArray());
            Tensor labels =
                    scope.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT).set(1, 7, 3, 1);
            long live = engine.ledger().liveBytes();
            engine.resetPeaks();
            ModelSummary summary = ModelSummary.of(model, inputs(spec, BATCH));
            assertThat(engine.ledger().peakBytes()).isEqualTo(live);
            assertThat(StepFigures.predicted(summary)).isEqualTo(StepFigures.measured(model, List.of(images, labels)));
        }
    }

    /** 0.27 M parameters: He et al. 2016, "Deep Residual Learning", Table 6. */
    @Test
    void theResidualNetworkOfTwentyLayers() {
        ModelSpec spec =
                new ModelSpec("resnet", new ModelSpec.Size(3, 16), 1, new ModelSpec.Images(32, 32, 3, 10), DType.FLOAT);
        try (Engine shapes = Engine.withoutMemory()) {
            LossModule model = new LossModule(Model.create(spec, Strategy.PLAIN, shapes.scope(""), 1));
            ModelSummary summary = ModelSummary.of(model, inputs(spec, 1));
            assertThat(summary.parameters()).isBetween(265_000L, 275_000L);
            long threeStages = 3 * 6 * 32 * 32 * 16 * 16 * 9L;
            long halvings = 2 * 32 * 32 * 16 * 16 * 9L / 2;
            long shortcuts = 2 * 32 * 32 * 16 * 16 / 2;
            long ends = 32 * 32 * 16 * 3 * 9 + 64 * 10;
            assertThat(summary.multiplyAdds()).isEqualTo(threeStages - halvings + shortcuts + ends);
        }
    }

    /** Made without memory, a model has the same figures; they grow with the batch alone. */
    @Test
    void anySizeWillDo() {
        ModelSpec spec = spec("revnet", DType.FLOAT);
        try (Engine shapes = Engine.withoutMemory()) {
            LossModule model = new LossModule(Model.create(spec, Strategy.PLAIN, shapes.scope(""), 1));
            ModelSummary small = ModelSummary.of(model, inputs(spec, 2));
            ModelSummary large = ModelSummary.of(model, inputs(spec, 2_000_000));
            assertThat(large.multiplyAdds()).isEqualTo(1_000_000 * small.multiplyAdds());
            assertThat(large.parameters()).isEqualTo(small.parameters());
            long statistics = 4 * 3 * 2 * 4 * Float.BYTES;
            assertThat(large.savedBytes() - statistics).isEqualTo(1_000_000 * (small.savedBytes() - statistics));
            assertThat(shapes.reservedBytes()).isZero();
        }
    }
}
