package org.backpropaganda.checkpointing.compress;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Exp;
import org.backpropaganda.autograd.op.Gelu;
import org.backpropaganda.autograd.op.Silu;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.checkpointing.compress.DerivativeCodec.Curve;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class DerivativeCodecTest {

    private static final class Result {
        private final double[] y;
        private final double[] dx;
        private final long keptBytes;

        Result(double[] y, double[] dx, long keptBytes) {
            this.y = y;
            this.dx = dx;
            this.keptBytes = keptBytes;
        }
    }

    private static Result run(UnaryOperator<Variable> f, DType dtype, double[] x, SavedTensorPolicy policy) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.builder(scope).policy(policy).build()) {
            Variable leaf = tape.leaf(scope.allocate(Shape.of(x.length), dtype).set(x));
            Variable y = f.apply(leaf);
            long kept = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
            double[] values = y.value().toDoubles();
            tape.backward(Sum.sum(y));
            return new Result(values, tape.gradient(leaf).toDoubles(), kept);
        }
    }

    static Stream<Arguments> curves() {
        return Stream.of(DType.FLOAT, DType.DOUBLE)
                .flatMap(dtype -> Stream.of(
                        Arguments.of(Curve.GELU, (UnaryOperator<Variable>) Gelu::gelu, dtype),
                        Arguments.of(Curve.GELU_TANH, (UnaryOperator<Variable>) Gelu::geluTanh, dtype),
                        Arguments.of(Curve.SILU, (UnaryOperator<Variable>) Silu::silu, dtype)));
    }

    /** Thresholds and values as they were published with ReGELU2 and ReSiLU2. */
    @ParameterizedTest
    @MethodSource("curves")
    void theDerivativeHasThePublishedSteps(Curve curve, UnaryOperator<Variable> f, DType dtype) {
        boolean silu = curve == Curve.SILU;
        double[] thresholds =
                silu ? new double[] {-6.30505, -0.00087, 6.32582} : new double[] {-3.18588, -0.00118, 3.19083};
        double[] levels = silu ? new double[] {0, -0.040604, 1.040322, 1} : new double[] {0, -0.049223, 1.048741, 1};
        double[] x = new double[6001];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) ((i - 3000) / 300.0 + 1e-5);
        }
        Result packed = run(f, dtype, x, SavedTensorPolicy.of(new DerivativeCodec(curve)));
        Result exact = run(f, dtype, x, SavedTensorPolicy.keep());
        assertThat(packed.y).isEqualTo(exact.y);
        assertThat(packed.keptBytes).isEqualTo(4 * ((6001 + 15) / 16));
        for (int i = 0; i < x.length; i++) {
            int level = x[i] <= thresholds[0] ? 0 : x[i] <= thresholds[1] ? 1 : x[i] <= thresholds[2] ? 2 : 3;
            assertThat(packed.dx[i]).as("at %s", x[i]).isCloseTo(levels[level], within(3e-7));
        }
        assertThat(packed.dx[0]).isZero();
        assertThat(packed.dx[6000]).isEqualTo(1);
    }

    /** The steps have the integral of the derivative over all that is not constant, by which the paper chooses them. */
    @ParameterizedTest
    @MethodSource("curves")
    void theStepsHaveTheIntegralOfTheDerivative(Curve curve, UnaryOperator<Variable> f, DType dtype) {
        double[] x = new double[24_001];
        for (int i = 0; i < x.length; i++) {
            x[i] = (i - 12_000) / 1000.0;
        }
        Result packed = run(f, dtype, x, SavedTensorPolicy.of(new DerivativeCodec(curve)));
        double sum = 0;
        for (double each : packed.dx) {
            sum += each / 1000;
        }
        assertThat(sum).isCloseTo(packed.y[24_000] - packed.y[0], within(0.01));
    }

    @Test
    void aRecordedBackwardIsRefused() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.builder(scope).policy(DerivativeCodec.policy()).build()) {
            Variable x = tape.leaf(scope.allocate(Shape.of(3), DType.DOUBLE).set(1, 2, 3));
            Variable loss = Sum.sum(Gelu.gelu(x));
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.differentiate(loss, x))
                    .withMessage("gelu backward: saved input 0 was packed by derivatives of GELU in 2 bits, which"
                            + " serves a first derivative alone, and a recorded backward needs more; keep it there");
        }
    }

    @Test
    void whatAnotherOpReadsIsRefused() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.builder(scope)
                        .policy(SavedTensorPolicy.of(new DerivativeCodec(Curve.GELU)))
                        .build()) {
            Variable x = tape.leaf(scope.allocate(Shape.of(3), DType.FLOAT).set(1, 2, 3));
            assertThatIllegalStateException()
                    .isThrownBy(() -> Silu.silu(x))
                    .withMessage(
                            "silu: input 0 FLOAT[3] is not the input of GELU, and derivatives of GELU in 2 bits has"
                                    + " nothing else of a tensor; choose QuantizedCodec there");
            assertThatIllegalStateException().isThrownBy(() -> Gelu.geluTanh(x));
            assertThatIllegalStateException().isThrownBy(() -> Exp.exp(x));
        }
    }

    /** Two curves of one tensor have codes of their own. */
    @Test
    void readersOfDifferentCurvesDoNotShare() {
        double[] x = {-4, -3, -1, 1, 3, 4, 7, -7};
        UnaryOperator<Variable> both = v -> Add.add(Gelu.gelu(v), Silu.silu(v));
        Result packed = run(both, DType.DOUBLE, x, DerivativeCodec.policy());
        List<Double> gelu = List.of(0.0, -0.049223, -0.049223, 1.048741, 1.048741, 1.0, 1.0, 0.0);
        List<Double> silu = List.of(-0.040604, -0.040604, -0.040604, 1.040322, 1.040322, 1.040322, 1.0, 0.0);
        for (int i = 0; i < x.length; i++) {
            assertThat(packed.dx[i]).isCloseTo(gelu.get(i) + silu.get(i), within(1e-6));
        }
    }
}
