package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;

import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which channels come back, at the edges. */
class ReconstructionTest {
    private static final long VALUES = 17;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Parameter parameter(DType dtype, double value) {
        return new Parameter(
                root.allocate(Shape.of(2), dtype, MemoryKind.PARAMETER).set(value, value));
    }

    private boolean comesBack(DType dtype, double gamma, double beta, InvertibleActivation activation) {
        Reconstruction reconstruction =
                new Reconstruction(parameter(dtype, gamma), parameter(dtype, beta), activation, null);
        int lost = reconstruction.lost(VALUES).count();
        assertThat(lost).isIn(0, 2);
        return lost == 0;
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT, 1, 128, true",
        "FLOAT, 1, -128.001, false",
        "FLOAT, -0.5, -64, true",
        "FLOAT, -0.5, 64.001, false",
        "DOUBLE, 1, 32768, true",
        "DOUBLE, 1, 32768.001, false",
        "FLOAT, 0, 0, false",
        "FLOAT, -0.0, 0, false",
        "FLOAT, 1e-12, 0, true",
        "FLOAT, 9e-13, 0, false",
        "FLOAT, 1e12, 0, true",
        "FLOAT, -2e12, 0, false",
        "DOUBLE, 1e-96, 0, true",
        "DOUBLE, 1e-97, 0, false",
        "FLOAT, NaN, 0, false",
        "FLOAT, Infinity, 0, false",
        "FLOAT, 1, NaN, false",
        "FLOAT, 1, -Infinity, false",
    })
    void byGammaAndBeta(DType dtype, double gamma, double beta, boolean expected) {
        assertThat(comesBack(dtype, gamma, beta, InvertibleActivation.identity()))
                .isEqualTo(expected);
        assertThat(comesBack(dtype, gamma, beta, InvertibleActivation.leakyRelu(0.01)))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({"FLOAT, 1e-12, true", "FLOAT, 9e-13, false", "DOUBLE, 9e-13, true", "DOUBLE, 1e-97, false"})
    void bySlope(DType dtype, double slope, boolean expected) {
        assertThat(comesBack(dtype, 1, 0, InvertibleActivation.leakyRelu(slope)))
                .isEqualTo(expected);
    }

    /** Of 17 values |x̂| ≤ 4: exp(4 |γ| − β) ≤ 2⁷ |γ|, or 2¹⁵ |γ|. */
    @ParameterizedTest
    @CsvSource({
        "FLOAT, 1.2, 0, true", // e⁴·⁸ = 122 of 154
        "FLOAT, 1.3, 0, false", // e⁵·² = 181 of 166
        "FLOAT, 1.3, 0.1, true", // e⁵·¹ = 164 of 166
        "DOUBLE, 2.7, 0, true", // e¹⁰·⁸ = 49,021 of 88,474
        "DOUBLE, 3, 0, false", // e¹² = 162,755 of 98,304
    })
    void byWhetherEluMaySaturate(DType dtype, double gamma, double beta, boolean expected) {
        assertThat(comesBack(dtype, gamma, beta, InvertibleActivation.elu(1))).isEqualTo(expected);
    }
}
