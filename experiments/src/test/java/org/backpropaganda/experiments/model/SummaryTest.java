package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Summaries of every architecture under every strategy, against steps that ran. */
class SummaryTest {
    private static final int BATCH = 4;
    private static final int SIDE = 8;

    private static ModelSpec spec(ModelSpec.Kind kind, DType dtype) {
        return new ModelSpec(kind, 3, 8, 2, SIDE, SIDE, 3, 10, dtype);
    }

    private static List<TensorSpec> inputs(ModelSpec spec, int batch) {
        return List.of(
                new TensorSpec(Shape.of(batch, spec.height(), spec.columns(), spec.channels()), spec.dtype()),
                new TensorSpec(Shape.of(batch), DType.INT));
    }

    static Stream<Arguments> everything() {
        List<String> common = List.of(
                "plain",
                "checkpoint",
                "abn",
                "checkpoint+abn",
                "decoupled",
                "abn+decoupled",
                "checkpoint+decoupled",
                "checkpoint+abn+decoupled");
        List<String> ofCouplings = List.of(
                "reversible",
                "reversible+abn",
                "checkpoint+reversible",
                "checkpoint+reversible+abn",
                "reversible+decoupled",
                "reversible+abn+decoupled",
                "checkpoint+reversible+decoupled");
        return Stream.of(ModelSpec.Kind.values())
                .flatMap(kind -> Stream.concat(
                                common.stream(), ModelSpec.hasCouplings(kind) ? ofCouplings.stream() : Stream.of())
                        .flatMap(strategy -> Stream.of(DType.FLOAT, DType.DOUBLE)
                                .map(dtype -> Arguments.of(kind, strategy, dtype))));
    }

    @ParameterizedTest
    @MethodSource("everything")
    void predictsWhatTheLedgerMeasures(ModelSpec.Kind kind, String strategy, DType dtype) {
        ModelSpec spec = spec(kind, dtype);
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("")) {
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

    /** Made without memory, a model has the same figures; they grow with the batch alone. */
    @Test
    void anySizeWillDo() {
        ModelSpec spec = spec(ModelSpec.Kind.REVNET, DType.FLOAT);
        try (Engine engine = Engine.withoutMemory()) {
            LossModule model = new LossModule(Model.create(spec, Strategy.PLAIN, engine.scope(""), 1));
            ModelSummary small = ModelSummary.of(model, inputs(spec, 2));
            ModelSummary large = ModelSummary.of(model, inputs(spec, 2_000_000));
            assertThat(large.multiplyAdds()).isEqualTo(1_000_000 * small.multiplyAdds());
            assertThat(large.parameters()).isEqualTo(small.parameters());
            long statistics = 4 * 3 * 2 * 4 * Float.BYTES;
            assertThat(large.savedBytes() - statistics).isEqualTo(1_000_000 * (small.savedBytes() - statistics));
            assertThat(engine.reservedBytes()).isZero();
        }
    }
}
