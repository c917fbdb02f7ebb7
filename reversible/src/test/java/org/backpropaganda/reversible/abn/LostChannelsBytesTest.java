package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ModelSummary;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What norms between two linear layers hold where some of their channels do not come back, in FLOAT to the byte. */
class LostChannelsBytesTest {
    private static final int BATCH = 12;
    private static final int WIDTH = 8;
    private static final long N = 4L * BATCH * WIDTH;
    private static final long C = 4L * WIDTH;
    private static final long COLUMN = 4L * BATCH;
    private static final long SIGNS = BATCH * WIDTH / 8;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private static Module model(ParameterFactory factory, Function<ParameterFactory, InPlaceAbn> abn) {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, false), abn.apply(factory), new Linear(factory, WIDTH, 2, true));
    }

    /** Held between forward and backward, without the batch. */
    private long saved(Module model) {
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 1)) {
            Tensor x = step.allocate(Shape.of(BATCH, WIDTH), DType.FLOAT, MemoryKind.INPUT);
            double[] values = new double[BATCH * WIDTH];
            for (int i = 0; i < values.length; i++) {
                values[i] = Math.sin(i * i);
            }
            Variable y = model.call(tape.constant(x.set(values)));
            long saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
            tape.backward(Sum.sum(y)).close();
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            return saved;
        }
    }

    /** With the first channels lost. */
    private static InPlaceAbn losing(int lost, InPlaceAbn abn) {
        double[] weights = new double[WIDTH];
        for (int c = 0; c < WIDTH; c++) {
            weights[c] = c < lost ? 0 : 1;
        }
        abn.weight().value().set(weights);
        return abn.onWarning(text -> {});
    }

    private static ModelSummary priced(Function<ParameterFactory, InPlaceAbn> abn) {
        try (Engine shapes = Engine.withoutMemory();
                TensorScope scope = shapes.scope("")) {
            return model(new ParameterFactory(scope, DType.FLOAT, 1), abn).summary(Shape.of(BATCH, WIDTH));
        }
    }

    /** A column of x̂ for each; all of them are the form of the two layers, whose z the linear layer keeps beside x. */
    @ParameterizedTest
    @CsvSource({"0", "1", "3", "7", "8"})
    void aColumnIsKeptForEachLostChannel(int lost) {
        long expected = lost < WIDTH ? N + C + lost * COLUMN : 2 * N + 2 * C + SIGNS;
        Module model = model(
                new ParameterFactory(root, DType.FLOAT, 1),
                f -> losing(lost, InPlaceAbn.builder(f, WIDTH).build()));
        assertThat(saved(model)).as("measured").isEqualTo(expected);
        assertThat(model.summary(Shape.of(BATCH, WIDTH)).savedBytes())
                .as("priced, with γ known")
                .isEqualTo(expected);
        assertThat(priced(f -> InPlaceAbn.builder(f, WIDTH)
                                .lostChannelsInShapeRuns(lost)
                                .build())
                        .savedBytes())
                .as("priced, with their number given")
                .isEqualTo(expected);
    }

    @Test
    void withoutANumberNoneIsLostBehindLeakyReluAndAllBehindElu() {
        assertThat(priced(f -> new InPlaceAbn(f, WIDTH, 0.1)).savedBytes()).isEqualTo(N + C);
        assertThat(priced(f -> InPlaceAbn.builder(f, WIDTH)
                                .activation(InvertibleActivation.elu(1))
                                .build())
                        .savedBytes())
                .isEqualTo(2 * N + 2 * C);
        assertThatIllegalArgumentException()
                .isThrownBy(() -> priced(f ->
                        InPlaceAbn.builder(f, WIDTH).lostChannelsInShapeRuns(9).build()))
                .withMessage("InPlaceAbn: 9 lost channels of 8; give a number from 0 to 8");
    }

    /** |x̂| ≤ √11 here: γ = 1 leaves y above −3.4 and e³·⁴ = 28 below 2⁷; γ = 2 does not. */
    @Test
    void eluIsInPlaceWhereItCannotSaturate() {
        for (double weight : new double[] {1, 2}) {
            List<String> warnings = new ArrayList<>();
            InPlaceAbn abn = InPlaceAbn.builder(new ParameterFactory(root, DType.FLOAT, 2), WIDTH)
                    .activation(InvertibleActivation.elu(1))
                    .build()
                    .onWarning(warnings::add);
            abn.weight().value().fill(weight);
            assertThat(saved(model(new ParameterFactory(root, DType.FLOAT, 1), f -> abn)))
                    .isEqualTo(weight == 1 ? N + C : 2 * N + 2 * C);
            assertThat(warnings).hasSize(weight == 1 ? 0 : 1);
        }
    }

    @Test
    void aWarningNamesTheLayerOnce() {
        List<String> warnings = new ArrayList<>();
        InPlaceAbn abn = losing(
                2,
                InPlaceAbn.builder(new ParameterFactory(root, DType.FLOAT, 1), WIDTH)
                        .build());
        Module model = model(new ParameterFactory(root, DType.FLOAT, 1), f -> abn.onWarning(warnings::add));
        saved(model);
        saved(model);
        assertThat(warnings)
                .containsExactly(
                        "inPlaceAbn 1: 2 of 8 channels (0, 1) cannot be had back from the output, because"
                                + " |β|/|γ| is above 128 or |γ| outside 2^-40 to 2^40; their normalised values are kept, 48 bytes a channel");
    }

    @Test
    void nothingIsSaidWhereNothingIsDifferentiatedOrGained() {
        List<String> warnings = new ArrayList<>();
        InPlaceAbn abn = losing(
                        2,
                        InPlaceAbn.builder(new ParameterFactory(root, DType.FLOAT, 1), WIDTH)
                                .build())
                .onWarning(warnings::add);
        Tensor x = root.allocate(Shape.of(BATCH, WIDTH), DType.FLOAT, MemoryKind.INPUT)
                .fill(1);
        try (Tape tape = Tape.builder(root).notRecording().build()) {
            abn.call(tape.constant(x));
        }
        try (Tape tape = Tape.training(root, 1)) {
            abn.call(tape.leaf(x));
        }
        assertThat(warnings).isEmpty();
    }
}
