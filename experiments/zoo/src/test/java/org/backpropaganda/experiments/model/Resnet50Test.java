package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;
import static org.backpropaganda.experiments.model.SuiteStep.worstRelativeError;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code resnet50}: the published network, and small ones of the same make. */
class Resnet50Test {
    private static ModelSpec of(int depth, int width, int side, int classes, DType dtype) {
        return new ModelSpec(
                "resnet50", new ModelSpec.Size(depth, width), 1, new ModelSpec.Images(side, side, 3, classes), dtype);
    }

    private static Part structure(ModelSpec spec, Engine engine) {
        ParameterFactory factory = new ParameterFactory(engine.scope(""), spec.dtype(), 0);
        return spec.architecture().describe(spec, new Layers(factory, spec.slope(), new Taps()));
    }

    /**
     * 25,557,032 parameters, as torchvision publishes for its resnet50, and 4.09 · 10⁹ multiply-adds, which by hand are
     * 4,089,184,256. Were the first convolution of a block to stride, as in the paper's Table 1, they would be 3.8 · 10⁹.
     */
    @Test
    void itIsThePublishedNetwork() {
        ModelSpec spec = of(3, 64, 224, 1000, DType.FLOAT);
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            Model model = Model.create(spec, Strategy.PLAIN, scope, 1);
            assertThat(model.module().parameterCount()).isEqualTo(25_557_032);
            ModelSummary summary =
                    ModelSummary.of(model.module(), List.of(new TensorSpec(Shape.of(2, 224, 224, 3), DType.FLOAT)));
            assertThat(summary.multiplyAdds()).isEqualTo(2 * 4_089_184_256L);
            assertThat(summary.layers().get(0).outputs())
                    .containsExactly(new TensorSpec(Shape.of(2, 1000), DType.FLOAT));
            assertThat(engine.reservedBytes()).isZero();
        }
    }

    /** Images in front of the blocks have a quarter of the sides, behind them a thirty-second, and 32 times the width. */
    @Test
    void sidesAndChannelsOfItsStages() {
        ModelSpec spec = of(3, 64, 224, 1000, DType.FLOAT);
        try (Engine engine = Engine.withoutMemory();
                TensorScope scope = engine.scope("")) {
            Model model = Model.create(spec, Strategy.PLAIN, scope, 1);
            ModelSummary summary =
                    ModelSummary.of(model.module(), List.of(new TensorSpec(Shape.of(1, 224, 224, 3), DType.FLOAT)));
            List<Shape> blocks = new ArrayList<>();
            for (String path : List.of("maxpool", "blocks.2", "blocks.3", "blocks.6", "blocks.7", "blocks.15")) {
                summary.layers().stream()
                        .filter(layer -> layer.path().equals(path))
                        .forEach(layer -> blocks.add(layer.outputs().get(0).shape()));
            }
            assertThat(blocks)
                    .containsExactly(
                            Shape.of(1, 56, 56, 64),
                            Shape.of(1, 56, 56, 256),
                            Shape.of(1, 28, 28, 512),
                            Shape.of(1, 28, 28, 512),
                            Shape.of(1, 14, 14, 1024),
                            Shape.of(1, 7, 7, 2048));
        }
    }

    /** As 3 stands to 4, 6 and 3, in whole numbers. */
    @ParameterizedTest
    @CsvSource({"1, 5", "2, 11", "3, 16", "4, 21", "6, 32"})
    void depthIsTheFirstStage(int depth, int blocks) {
        ModelSpec spec = of(depth, 4, 32, 10, DType.FLOAT);
        assertThat(spec.blocks()).isEqualTo(blocks);
        try (Engine engine = Engine.withoutMemory()) {
            assertThat(structure(spec, engine).all(Run.class)).singleElement().satisfies(run -> {
                assertThat(run.blocks()).hasSize(blocks);
                assertThat(run.cut()).isNotNull();
                assertThat(run.cut().channels().applyAsLong(0)).isEqualTo(4);
                assertThat(run.cut().channels().applyAsLong(1)).isEqualTo(16);
                assertThat(run.cut().channels().applyAsLong(blocks)).isEqualTo(128);
            });
        }
    }

    @Test
    void blocksOfAnyDepthAreCounted() {
        assertThat(new Resnet50().blocks(Integer.MAX_VALUE)).isGreaterThan(5L * Integer.MAX_VALUE);
    }

    @Test
    void techniquesChangeNoBitOrLittle() {
        ModelSpec spec = spec("resnet50", 1, 1, DType.DOUBLE);
        SuiteStep.Step plain = step(spec, "plain");
        SuiteStep.Step checkpoint = step(spec, "checkpoint");
        assertThat(worstRelativeError(checkpoint, plain)).isZero();
        assertThat(checkpoint.savedBytes()).isLessThan(plain.savedBytes());
        assertThat(plain.evaluations()).isEqualTo(5);
        assertThat(checkpoint.evaluations()).isEqualTo(5 + 4);
        SuiteStep.Step inPlace = step(spec, "abn");
        assertThat(worstRelativeError(inPlace, plain)).isLessThanOrEqualTo(1e-9);
        assertThat(inPlace.abnPairs()).isEqualTo(1 + 2 * 5);
    }

    @Test
    void itsGradientIsThatOfItsLoss() {
        ModelSpec spec = of(1, 2, 16, 3, DType.DOUBLE);
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope scope = engine.scope("")) {
            Model model = Model.create(spec, Strategy.PLAIN, scope, 5);
            Tensor images = scope.allocate(Shape.of(4, 16, 16, 3), DType.DOUBLE, MemoryKind.INPUT);
            images.set(new SplittableRandom(2).doubles(images.elements(), -1, 1).toArray());
            Tensor labels =
                    scope.allocate(Shape.of(4), DType.INT, MemoryKind.INPUT).set(new int[] {2, 0, 1, 1});
            GradientCheck.seeded(3)
                    .constants(0)
                    .elementwiseUpTo(16, 4)
                    .check(new LossModule(model), images, labels)
                    .orThrow();
        }
    }
}
