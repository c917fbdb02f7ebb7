package org.backpropaganda.experiments.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.checkpointing.planner.InfeasibleBudgetException;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.text.Gpt2;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Small models of the kinds that the document is of: its cells are what real steps take. */
class WhatFitsTest {
    private static final int THREADS = 2;
    private static final long PLAIN_BATCH = 5;
    private static final ModelSpec.Images IMAGES = new ModelSpec.Images(32, 32, 3, 10);
    private static final SizedModel RESNET = SizedImages.of("small", "resnet50", new ModelSpec.Size(1, 8), IMAGES, "");
    private static final SizedModel IREVNET = SizedImages.of("small", "irevnet", new ModelSpec.Size(1, 16), IMAGES, "");
    private static final SizedModel GPT2 = new SizedText("small", new Gpt2(97, 16, 32, 2, 4, 0));

    /** Techniques alone of all models, and planners of those that are planned quickly. */
    static Stream<Arguments> cells() {
        return Stream.of(RESNET, IREVNET, GPT2)
                .flatMap(model -> Arrangement.of(model, THREADS).stream()
                        .filter(each -> !each.isPlanned()
                                || model == GPT2
                                || (model == RESNET && each.allowed().isEmpty()))
                        .map(each -> Arguments.of(model, each)));
    }

    private static WhatFits asking(long budget) {
        return new WhatFits(List.of(budget), List.of("resnet50"), THREADS, 0);
    }

    /** What plain needs for some samples and half of one more. */
    private static long budget(SizedModel model) {
        Arrangement plain = Arrangement.of(model, THREADS).get(0);
        return (plain.peakBytes(model, PLAIN_BATCH, THREADS) + plain.peakBytes(model, PLAIN_BATCH + 1, THREADS)) / 2;
    }

    private static long measured(SizedModel model, Arrangement alone, long batch, long budget) {
        try (Engine engine =
                Engine.builder().threads(THREADS).memoryBudgetBytes(budget).build()) {
            return StepRun.peakBytes(model, batch, engine, StepRun.alone(Objects.requireNonNull(alone.term())));
        }
    }

    @ParameterizedTest
    @MethodSource("cells")
    void aRealStepOfACellFitsAndOneMoreSampleDoesNot(SizedModel model, Arrangement arrangement) {
        long budget = budget(model);
        LargestThatFits cell = asking(budget).row(model, arrangement).cells().get(0);
        long batch = cell.size().orElseThrow();
        assertThat(batch).isGreaterThanOrEqualTo(PLAIN_BATCH);
        if (arrangement.isPlanned()) {
            StepProof proof = StepProof.of(model, arrangement, budget, batch, THREADS);
            assertThat(proof.measuredBytes()).isEqualTo(proof.predictedBytes()).isLessThanOrEqualTo(budget);
            assertThatThrownBy(() -> StepProof.of(model, arrangement, budget, batch + 1, THREADS))
                    .isInstanceOf(InfeasibleBudgetException.class)
                    .hasMessageContaining(cell.nextBytes().orElseThrow() + "");
        } else {
            assertThat(measured(model, arrangement, batch, budget))
                    .isEqualTo(cell.bytes().orElseThrow());
            assertThatThrownBy(() -> measured(model, arrangement, batch + 1, budget))
                    .isInstanceOf(MemoryBudgetException.class);
        }
    }

    @Test
    void allTechniquesThatFitAModelHaveRows() {
        assertThat(labels(RESNET))
                .containsExactly("plain", "checkpoint", "cheap", "abn", "save:q8", "[]", "[abn, save:q8]");
        assertThat(labels(IREVNET))
                .containsExactly(
                        "plain",
                        "checkpoint",
                        "cheap",
                        "abn",
                        "reversible",
                        "save:q8",
                        "[]",
                        "[abn, reversible, save:q8]");
        assertThat(labels(GPT2))
                .containsExactly("plain", "checkpoint", "cheap", "save:q8", "pieces:4", "[]", "[save:q8, pieces:4]");
    }

    private static List<String> labels(SizedModel model) {
        return Arrangement.of(model, THREADS).stream()
                .map(each -> each.term() != null ? each.term() : each.allowed().toString())
                .toList();
    }

    /** Of each parameter four numbers of four bytes: itself, its gradient and both moments of AdamW. */
    @Test
    void stateOfTheOptimizerGradientsAndParametersAreCounted() {
        long parameters = 97 * 32 + 16 * 32 + 2 * (12 * 32 * 32 + 13 * 32) + 2 * 32;
        Arrangement plain = Arrangement.of(GPT2, THREADS).get(0);
        long one = plain.peakBytes(GPT2, 1, THREADS);
        assertThat(one).isBetween(16 * parameters, 16 * parameters + 1_000_000);
        assertThat(plain.peakBytes(GPT2, 2, THREADS)).isGreaterThan(one);
    }

    @Test
    void whereNothingFitsTheCellTellsWhatTheSmallestNeeds() {
        Arrangement plain = Arrangement.of(RESNET, THREADS).get(0);
        LargestThatFits cell = asking(1000).row(RESNET, plain).cells().get(0);
        assertThat(cell.size()).isEmpty();
        assertThat(cell.nextBytes()).hasValue(plain.peakBytes(RESNET, 2, THREADS));
    }

    @Test
    void whatCannotBeAskedIsRefused() {
        assertThatThrownBy(() -> new WhatFits(List.of(1L), List.of("alexnet"), 1, 0))
                .isInstanceOf(UserException.class)
                .hasMessage("unknown model 'alexnet': choose resnet50, gpt2 or irevnet");
        assertThatThrownBy(() -> new WhatFits(List.of(1L), List.of("gpt2"), 1, 3))
                .isInstanceOf(UserException.class)
                .hasMessageStartingWith("proofs 3 is not within 0 and 2");
        assertThatThrownBy(() -> new WhatFits(List.of(), List.of("gpt2"), 1, 0))
                .isInstanceOf(UserException.class)
                .hasMessage("what fits: there is no budget or no model; give at least one of each");
    }
}
