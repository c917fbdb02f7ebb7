package org.backpropaganda.experiments.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.backpropaganda.experiments.model.SuiteStep.BATCH;
import static org.backpropaganda.experiments.model.SuiteStep.SIDE;
import static org.backpropaganda.experiments.model.SuiteStep.spec;
import static org.backpropaganda.experiments.model.SuiteStep.step;
import static org.backpropaganda.experiments.model.SuiteStep.worstRelativeError;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.coupling.CouplingKind;
import org.backpropaganda.experiments.coupling.CouplingKinds;
import org.backpropaganda.reversible.Coupling;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Every kind of coupling of the class path in a model: bytes to the byte, gradients against the storing twin. */
class CouplingKindsTest {
    private static final int WIDTH = 8;

    static Stream<String> kinds() {
        return CouplingKinds.all().stream().map(CouplingKind::name);
    }

    static Stream<String> exactKinds() {
        return CouplingKinds.all().stream().filter(CouplingKind::isExact).map(CouplingKind::name);
    }

    private static ModelSpec of(String kind, int depth, DType dtype) {
        return spec("chain", depth, 1, dtype).with(Reversal.of(kind));
    }

    /** Bits that each coupling says it keeps of an element of the stream that it changes, for a whole batch. */
    private static long keptBytesPerCoupling(ModelSpec spec) {
        try (Engine engine = Engine.withoutMemory()) {
            ParameterFactory factory = new ParameterFactory(engine.scope(""), spec.dtype(), 0);
            Run run = spec.architecture()
                    .describe(spec, new Layers(factory, spec.slope(), new Taps()))
                    .all(Run.class)
                    .get(0);
            Coupling coupling = (Coupling) run.blocks().get(0).build();
            int channels = spec.coupling().orElseThrow().channels(spec.body());
            return (long) BATCH * SIDE * SIDE * channels * coupling.bitsPerElement() / Byte.SIZE;
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void savedBytesGrowByTheBitsThatACouplingKeepsAndByNothingElse(String kind) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            ModelSpec shallow = of(kind, 8, dtype);
            long growth = step(of(kind, 32, dtype), "reversible").savedBytes()
                    - step(shallow, "reversible").savedBytes();
            assertThat(growth).as(kind + " in " + dtype).isEqualTo(24 * keptBytesPerCoupling(shallow));
        }
    }

    /** Streams of the last coupling, and what the head keeps, whose share is that of a model without a reversible run. */
    @ParameterizedTest
    @MethodSource("kinds")
    void theLastStreamsAreSavedAndNoOthers(String kind) {
        ModelSpec spec = of(kind, 8, DType.FLOAT);
        CouplingKind.Body body = spec.body();
        CouplingKind coupling = spec.coupling().orElseThrow();
        long image = (long) BATCH * SIDE * SIDE * coupling.channels(body) * DType.FLOAT.bytes(1);
        long head = BATCH * (10 + WIDTH) * DType.FLOAT.bytes(1);
        assertThat(step(spec, "reversible").savedBytes())
                .isEqualTo(coupling.streams(body) * image + head + 8 * keptBytesPerCoupling(spec));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void gradientsInDoubleAreThoseOfTheStoringTwin(String kind) {
        for (int depth : List.of(8, 32)) {
            ModelSpec spec = of(kind, depth, DType.DOUBLE);
            SuiteStep.Step plain = step(spec, "plain");
            SuiteStep.Step reversible = step(spec, "reversible");
            assertThat(reversible.loss()).isEqualTo(plain.loss());
            assertThat(worstRelativeError(reversible, plain))
                    .as(kind + " of depth " + depth)
                    .isLessThanOrEqualTo(1e-8);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void gradientsInFloatAreNearThoseOfTheStoringTwin(String kind) {
        ModelSpec spec = of(kind, 8, DType.FLOAT);
        assertThat(worstRelativeError(step(spec, "reversible"), step(spec, "plain")))
                .isLessThanOrEqualTo(1e-2);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aBlockIsEvaluatedOnceInPlainAndTwiceInReverse(String kind) {
        ModelSpec spec = of(kind, 4, DType.FLOAT);
        assertThat(step(spec, "plain").evaluations()).isEqualTo(4);
        assertThat(step(spec, "reversible").evaluations()).isEqualTo(8);
    }

    @ParameterizedTest
    @MethodSource("exactKinds")
    void exactKindsHaveEveryBitOfTheStoringTwinAtDepth64(String kind) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            ModelSpec spec = of(kind, 64, dtype);
            SuiteStep.Step plain = step(spec, "plain");
            SuiteStep.Step reversible = step(spec, "reversible");
            plain.gradients()
                    .forEach((name, values) -> assertThat(reversible.gradients().get(name))
                            .as(name)
                            .containsExactly(values));
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void checkpointsAroundThemChangeNoBit(String kind) {
        ModelSpec spec = of(kind, 4, DType.FLOAT);
        assertThat(worstRelativeError(step(spec, "checkpoint"), step(spec, "plain")))
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void anchorsKeepTheStreamsOfEveryKthCoupling(String kind) {
        ModelSpec spec = of(kind, 10, DType.FLOAT);
        CouplingKind coupling = spec.coupling().orElseThrow();
        long streams = coupling.streams(spec.body())
                * (long) BATCH
                * SIDE
                * SIDE
                * coupling.channels(spec.body())
                * DType.FLOAT.bytes(1);
        long without = step(spec, "reversible").savedBytes();
        ModelSpec anchored = spec.with(new Reversal(kind, 0, 4));
        assertThat(step(anchored, "reversible").savedBytes() - without).isEqualTo(2 * streams);
    }

    @ParameterizedTest
    @CsvSource({"2", "4", "8"})
    void asManyGroupsAsAreAskedForAreStreams(int groups) {
        ModelSpec spec = spec("chain", 3, 1, DType.FLOAT).with(new Reversal("grouped", groups, 0));
        assertThat(step(spec, "plain").evaluations()).isEqualTo(3);
        assertThat(step(spec, "plain").gradients()).hasSize(2 + 3 * groups * 3 + 2);
        assertThat(worstRelativeError(step(spec, "reversible"), step(spec, "plain")))
                .isLessThan(1e-3);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            chain  | 9 | additive | 0 | width 9 is odd, and the coupling additive halves the channels
            revnet | 8 | sticky   | 0 | unknown coupling 'sticky': choose
            revnet | 8 | additive | 3 | groups 3 does not fit the coupling additive, which has 2 streams
            chain  | 9 | grouped  | 0 | 4 groups do not divide the width 9
            chain  | 8 | grouped  | 3 | 3 groups do not divide the width 8
            chain  | 8 | grouped  | 1 | groups 1 is below 2
            mlp    | 8 | additive | 0 | coupling additive does not fit mlp, which is not made of couplings of any kind
            resnet | 8 |          | 2 | groups 2 does not fit resnet, which is not made of couplings of any kind
            """)
    void whatCannotBeIsRefused(String model, int width, String kind, int groups, String reason) {
        ModelSpec usual = spec(model, 2, 1, DType.FLOAT);
        assertThatThrownBy(() -> new ModelSpec(
                        model,
                        new ModelSpec.Size(2, width),
                        1,
                        usual.images(),
                        DType.FLOAT,
                        ModelSpec.LEAKY,
                        new Reversal(kind, groups, 0)))
                .isInstanceOf(UserException.class)
                .hasMessageContaining(reason);
    }
}
