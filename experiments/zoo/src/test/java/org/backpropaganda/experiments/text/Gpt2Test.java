package org.backpropaganda.experiments.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.LayerSummary;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Techniques;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.backpropaganda.checkpointing.Checkpoint;
import org.backpropaganda.checkpointing.CheckpointedSequence;
import org.backpropaganda.experiments.UserException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** GPT-2 as published on shapes, and tiny ones with values. */
class Gpt2Test {
    private static final Gpt2 TINY = new Gpt2(7, 5, 8, 4, 2, 0);
    private static final int[] TOKENS = {3, 0, 6, 3, 5, 5, 1, 2};
    private static final int[] NEXT = {0, 6, 3, 2, 5, 1, 2, 4};

    private final Engine engine = Engine.builder().threads(2).build();
    private final TensorScope scope = engine.scope("");

    @AfterEach
    void close() {
        scope.close();
        engine.close();
    }

    private ParameterFactory factory(DType dtype, long seed) {
        return new ParameterFactory(scope, dtype, seed);
    }

    private Tensor sequences(int... numbers) {
        return scope.allocate(Shape.of(2, 4), DType.INT, MemoryKind.INPUT).set(numbers);
    }

    /** Biases are not zero then, and no two norms are equal. */
    private static void fill(Module model) {
        SplittableRandom random = new SplittableRandom(4);
        model.parameterList().forEach(each -> each.value().fill(() -> 0.5 * random.nextGaussian()));
    }

    private Part arranged(Chain model, String term) {
        if (term.equals("plain")) {
            return model;
        }
        Technique technique = Techniques.parse(term).orElseThrow();
        TechniqueSettings settings = new TechniqueSettings(factory(DType.FLOAT, 0), Map.of());
        assertThat(technique.refusal(model, settings)).isEmpty();
        return technique.arrange(model, settings);
    }

    private static TokenLoss loss(Part model, boolean inPieces) {
        return inPieces ? TokenLoss.inPieces(model) : TokenLoss.ofLogits(model.build());
    }

    private record Step(double loss, Map<String, double[]> gradients) {}

    /** Of parameters by their names in the plain model. */
    private Step step(Module loss, Map<String, Parameter> parameters) {
        try (TensorScope step = scope.child();
                Tape tape = Tape.builder(step).seed(9).build()) {
            Variable tokens = tape.constant(sequences(TOKENS));
            Variable y =
                    loss.call(List.of(tokens, tape.constant(sequences(NEXT)))).get(0);
            double value = y.value().item();
            Map<String, double[]> all = new LinkedHashMap<>();
            try (Gradients gradients = tape.backward(y)) {
                parameters.forEach(
                        (name, each) -> all.put(name, gradients.of(each).toDoubles()));
            }
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            return new Step(value, all);
        }
    }

    private static void assertSameBits(Step one, Step other) {
        assertThat(one.loss()).isEqualTo(other.loss());
        assertThat(one.gradients().keySet()).isEqualTo(other.gradients().keySet());
        other.gradients()
                .forEach((name, values) ->
                        assertThat(one.gradients().get(name)).as(name).containsExactly(values));
    }

    /** The published numbers; multiply-adds by hand: projections and feed-forward layers, attention, and the head. */
    @Test
    void theSmallOneHas124439808Parameters() {
        try (Engine shapes = Engine.withoutMemory()) {
            Chain model = Gpt2.small().describe(new ParameterFactory(shapes.scope(""), DType.FLOAT, 0));
            Module logits = model.build();
            assertThat(logits.parameterCount()).isEqualTo(124_439_808);
            assertThat(model.all(Run.class)).singleElement().satisfies(run -> {
                assertThat(run.blocks()).hasSize(12);
                assertThat(run.cut()).isNotNull();
                assertThat(run.cut().channels().applyAsLong(12)).isEqualTo(768);
            });
            ModelSummary summary = logits.summary(new TensorSpec(Shape.of(2, 1024), DType.INT));
            assertThat(summary.parameters()).isEqualTo(124_439_808);
            assertThat(summary.parameterBytes()).isEqualTo(4 * 124_439_808L);
            assertThat(summary.layers().get(0).outputs())
                    .containsExactly(new TensorSpec(Shape.of(2, 1024, 50_257), DType.FLOAT));
            long tokens = 2 * 1024;
            long square = 768 * 768;
            assertThat(summary.multiplyAdds())
                    .isEqualTo(tokens * (12 * (12 * square + 2 * 1024 * 768) + 768 * 50_257L));
            assertThat(shapes.reservedBytes()).isZero();
        }
    }

    /** Logits of 1024 tokens are 196 MiB, and their probabilities as many; in pieces there are 4 MiB of them at a time. */
    @Test
    void inPiecesTheLogitsOfAllTokensDoNotExist() {
        try (Engine shapes = Engine.withoutMemory()) {
            Chain model = Gpt2.small().describe(new ParameterFactory(shapes.scope(""), DType.FLOAT, 0));
            List<TensorSpec> batch =
                    List.of(new TensorSpec(Shape.of(1, 1024), DType.INT), new TensorSpec(Shape.of(1, 1024), DType.INT));
            long all = ModelSummary.of(loss(model, false), batch).savedBytes();
            long pieces = ModelSummary.of(loss(model, true), batch).savedBytes();
            assertThat(all - pieces).isEqualTo(4L * 1024 * 50_257);
        }
    }

    @Test
    void logitsAndLossAreThoseOfThePapers() {
        Chain chain = TINY.describe(factory(DType.DOUBLE, 1));
        Module model = chain.build();
        fill(model);
        Map<String, double[]> weights = new LinkedHashMap<>();
        model.parameters()
                .forEach((name, each) -> weights.put(name, each.value().toDoubles()));
        Gpt2ByHand byHand = new Gpt2ByHand(TINY, weights);
        double[][] expected = Arrays.stream(new int[][] {{3, 0, 6, 3}, {5, 5, 1, 2}})
                .flatMap(sequence -> Arrays.stream(byHand.logits(sequence)))
                .toArray(double[][]::new);
        double loss = 0;
        for (int i = 0; i < NEXT.length; i++) {
            double sum = Arrays.stream(expected[i]).map(Math::exp).sum();
            loss += (Math.log(sum) - expected[i][NEXT[i]]) / NEXT.length;
        }
        try (Tape tape = Tape.inference(scope)) {
            Tensor logits = model.call(tape.constant(sequences(TOKENS))).value();
            assertThat(logits.shape()).isEqualTo(Shape.of(2, 4, 7));
            assertThat(logits.toDoubles())
                    .containsExactly(
                            Arrays.stream(expected)
                                    .flatMapToDouble(Arrays::stream)
                                    .toArray(),
                            Offset.offset(1e-10));
        }
        for (boolean inPieces : List.of(false, true)) {
            assertThat(step(loss(chain, inPieces), model.parameters()).loss()).isCloseTo(loss, Offset.offset(1e-10));
        }
    }

    /** Behind the embedding, and behind both functions of each block; only while it trains. */
    @Test
    void dropoutIsWhereThePapersHaveIt() {
        Module model = TINY.withDropout(0.1).describe(factory(DType.DOUBLE, 1)).build();
        assertThat(model.summary(new TensorSpec(Shape.of(2, 4), DType.INT)).layers().stream()
                        .map(LayerSummary::path)
                        .filter(path -> path.endsWith("dropout")))
                .containsExactlyInAnyOrderElementsOf(Stream.concat(
                                Stream.of("dropout"),
                                IntStream.range(0, TINY.depth())
                                        .mapToObj(i -> "blocks." + i)
                                        .flatMap(block -> Stream.of(
                                                block + ".mixing.body.dropout", block + ".feedforward.body.dropout")))
                        .toList());
        Module without = TINY.describe(factory(DType.DOUBLE, 1)).build();
        assertThat(without.parameters().keySet()).isEqualTo(model.parameters().keySet());
        try (Tape tape = Tape.inference(scope)) {
            Variable tokens = tape.constant(sequences(TOKENS));
            assertThat(model.call(tokens).value().toDoubles())
                    .containsExactly(without.call(tokens).value().toDoubles());
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 0", "true, 0", "true, 0.2"})
    void gradientsAreThoseOfTheLoss(boolean inPieces, double dropout) {
        Chain model = new Gpt2(5, 4, 4, 2, 2, dropout).describe(factory(DType.DOUBLE, 1));
        TokenLoss loss = loss(model, inPieces);
        fill(loss);
        GradientCheck.seeded(2)
                .check(loss, sequences(3, 0, 4, 3, 2, 2, 1, 2), sequences(0, 4, 3, 2, 2, 1, 2, 4))
                .orThrow();
    }

    @ParameterizedTest
    @CsvSource({
        "checkpoint, FLOAT, 0, false",
        "checkpoint, FLOAT, 0.1, true",
        "checkpoint:revolve=2, FLOAT, 0.1, false",
        "checkpoint, DOUBLE, 0.1, true"
    })
    void checkpointsChangeNoBit(String technique, DType dtype, double dropout, boolean inPieces) {
        Chain model = TINY.withDropout(dropout).describe(factory(dtype, 1));
        Map<String, Parameter> parameters = model.build().parameters();
        Module arranged = loss(arranged(model, technique), inPieces);
        assertThat(arranged.parameters().keySet()).isEqualTo(parameters.keySet());
        assertSameBits(step(arranged, parameters), step(loss(model, inPieces), parameters));
    }

    /**
     * What reads the table first and what reads it last are links of one chain, and with a checkpoint links of two segments or of
     * one: its gradient is the sum of both, as two tables of the same values have them.
     */
    @ParameterizedTest
    @ValueSource(strings = {"plain", "checkpoint", "segments", "one segment"})
    void theTableGetsTheGradientsOfBothEnds(String arrangement) {
        Chain model = TINY.describe(factory(DType.DOUBLE, 1));
        int last = model.links().size() - 1;
        Chain apart = TINY.describe(factory(DType.DOUBLE, 2))
                .part(0, last)
                .with("head", new Linear(factory(DType.DOUBLE, 3), TINY.width(), TINY.vocabulary(), false));
        Map<String, Parameter> parameters = model.build().parameters();
        Map<String, Parameter> others = apart.build().parameters();
        assertThat(parameters.get("head.weight")).isSameAs(parameters.get("tokens.weight"));
        assertThat(others.get("head.weight")).isNotSameAs(others.get("tokens.weight"));
        others.forEach(
                (name, each) -> each.value().copyFrom(parameters.get(name).value()));
        List<Module> links =
                model.links().stream().map(link -> link.part().build()).toList();
        Module logits = switch (arrangement) {
            case "segments" -> new CheckpointedSequence(links, 3);
            case "one segment" -> Checkpoint.checkpoint(model.build());
            default -> arranged(model, arrangement).build();
        };
        Step tied = step(TokenLoss.ofLogits(logits), parameters);
        Step untied = step(TokenLoss.ofLogits(apart.build()), others);
        assertThat(tied.loss()).isEqualTo(untied.loss());
        double[] first = untied.gradients().get("tokens.weight");
        double[] second = untied.gradients().get("head.weight");
        assertThat(norm(first)).isGreaterThan(1e-3);
        assertThat(norm(second)).isGreaterThan(1e-3);
        double[] sum = new double[first.length];
        Arrays.setAll(sum, i -> first[i] + second[i]);
        assertThat(tied.gradients().get("tokens.weight")).containsExactly(sum, Offset.offset(1e-14));
        assertThat(tied.gradients().get("blocks.1.feedforward.body.expand.weight"))
                .containsExactly(untied.gradients().get("blocks.1.feedforward.body.expand.weight"));
    }

    private static double norm(double[] values) {
        return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "checkpoint"})
    void inPiecesTheLossIsTheSame(String technique) {
        Chain model = TINY.withDropout(0.1).describe(factory(DType.DOUBLE, 1));
        Map<String, Parameter> parameters = model.build().parameters();
        Step pieces = step(loss(arranged(model, technique), true), parameters);
        Step all = step(loss(arranged(model, technique), false), parameters);
        assertThat(pieces.loss()).isCloseTo(all.loss(), Offset.offset(1e-13));
        all.gradients()
                .forEach((name, values) -> assertThat(pieces.gradients().get(name))
                        .as(name)
                        .containsExactly(values, Offset.offset(1e-13)));
    }

    @ParameterizedTest
    @CsvSource({
        "plain, FLOAT, false",
        "plain, FLOAT, true",
        "plain, DOUBLE, true",
        "checkpoint, FLOAT, false",
        "checkpoint, FLOAT, true"
    })
    void summariesTellWhatTheLedgerMeasures(String technique, DType dtype, boolean inPieces) {
        Chain model = TINY.withDropout(0.1).describe(factory(dtype, 1));
        TokenLoss loss = loss(arranged(model, technique), inPieces);
        TensorSpec tokens = new TensorSpec(Shape.of(2, 4), DType.INT);
        assertThat(StepFigures.predicted(ModelSummary.of(loss, List.of(tokens, tokens))))
                .isEqualTo(StepFigures.measured(loss, List.of(sequences(TOKENS), sequences(NEXT))));
    }

    /** Small weights make all tokens nearly as likely. */
    @Test
    void itBeginsWithTheLogarithmOfTheVocabulary() {
        Chain model = TINY.describe(factory(DType.DOUBLE, 1));
        assertThat(step(loss(model, false), model.build().parameters()).loss())
                .isCloseTo(Math.log(7), Offset.offset(0.05));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            0 | 4 | 8 | 1 | 2 | 0  | vocabulary 0 of gpt2 is below 1
            9 | 0 | 8 | 1 | 2 | 0  | positions 0 of gpt2 is below 1
            9 | 4 | 0 | 1 | 2 | 0  | width 0 of gpt2 is below 1
            9 | 4 | 8 | 0 | 2 | 0  | depth 0 of gpt2 is below 1
            9 | 4 | 8 | 1 | 0 | 0  | heads 0 of gpt2 is below 1
            9 | 4 | 8 | 1 | 3 | 0  | 3 heads do not divide the width 8 of gpt2; choose a multiple of 3
            9 | 4 | 8 | 1 | 2 | 1  | dropout 1.0 of gpt2 is not within 0 and 1, 1 not included
            9 | 4 | 8 | 1 | 2 | -1 | dropout -1.0 of gpt2 is not within 0 and 1, 1 not included
            """)
    void whatCannotBeIsRefused(
            int vocabulary, int positions, int width, int depth, int heads, double dropout, String sentence) {
        assertThatThrownBy(() -> new Gpt2(vocabulary, positions, width, depth, heads, dropout))
                .isInstanceOf(UserException.class)
                .hasMessage(sentence);
    }

    @Test
    void aLossInPiecesNeedsTheHead() {
        Chain model = TINY.describe(factory(DType.DOUBLE, 1));
        int last = model.links().size() - 1;
        for (Part other : List.of(model.part(0, last), new Layer(model.build()), Chain.empty())) {
            assertThatThrownBy(() -> TokenLoss.inPieces(other))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessage("token loss in pieces: the model does not end with a head that is its embedding; give"
                            + " what Gpt2.describe returns, or take the loss of its logits");
        }
    }

    @Test
    void aLossNeedsTheTokensThatFollow() {
        TokenLoss loss = loss(TINY.describe(factory(DType.DOUBLE, 1)), false);
        try (Tape tape = Tape.inference(scope)) {
            Variable tokens = tape.constant(sequences(TOKENS));
            assertThatThrownBy(() -> loss.call(tokens))
                    .hasMessage("TokenLoss: takes tokens [B, T] and those that follow them [B, T], got 1 inputs");
        }
    }
}
