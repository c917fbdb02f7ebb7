package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.List;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Values of evaluation by the closed form y = γ (x − m)/√(v + ε) + β, z = y where positive, slope·y elsewhere. */
class InPlaceAbnEvaluationTest {
    private static final double SLOPE = 0.25;
    private static final double EPSILON = 1e-5;
    private static final double[] GAMMA = {2, -0.5, 1.5};
    private static final double[] BETA = {0.5, 0.25, -1};
    private static final double[] MEAN = {1, -2, 0.5};
    private static final double[] VARIANCE = {4, 0.25, 9};
    private static final double[][] X = {{3, -2.5, 0.5}, {-1, -1, 3.5}, {1, -2, -7}, {0, 2, 2}};

    private final Engine engine = Engine.builder().threads(1).build();

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }

    private static InPlaceAbn abn(TensorScope scope, DType dtype) {
        InPlaceAbn abn = new InPlaceAbn(new ParameterFactory(scope, dtype, 1), 3, SLOPE);
        abn.parameters().get("weight").value().set(GAMMA);
        abn.parameters().get("bias").value().set(BETA);
        abn.buffers().get("running_mean").set(MEAN);
        abn.buffers().get("running_var").set(VARIANCE);
        return abn;
    }

    private static double normalised(int row, int c) {
        return (X[row][c] - MEAN[c]) / Math.sqrt(VARIANCE[c] + EPSILON);
    }

    private static double slope(int row, int c) {
        return GAMMA[c] * normalised(row, c) + BETA[c] > 0 ? 1 : SLOPE;
    }

    private static Offset<Double> within(DType dtype) {
        return Offset.offset(dtype == DType.FLOAT ? 2e-6 : 1e-14);
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void valuesAndGradients(DType dtype) {
        double[][] z = new double[X.length][3];
        double[][] dx = new double[X.length][3];
        double[][] dz = new double[X.length][3];
        double[] dGamma = new double[3];
        double[] dBeta = new double[3];
        for (int row = 0; row < X.length; row++) {
            for (int c = 0; c < 3; c++) {
                dz[row][c] = (row + 1) * (c - 1.5);
                z[row][c] = slope(row, c) * (GAMMA[c] * normalised(row, c) + BETA[c]);
                double dy = slope(row, c) * dz[row][c];
                dx[row][c] = dy * GAMMA[c] / Math.sqrt(VARIANCE[c] + EPSILON);
                dGamma[c] += dy * normalised(row, c);
                dBeta[c] += dy;
            }
        }
        try (TensorScope root = engine.scope("");
                Tape tape = Tape.builder(root).evaluating().build()) {
            InPlaceAbn abn = abn(root, dtype);
            Variable x = tape.leaf(batch(root, dtype));
            Variable y = abn.call(x);
            assertThat(y.value().toDoubles()).containsExactly(flat(z), within(dtype));
            assertThat(z[0][0]).isCloseTo(2.5, Offset.offset(1e-5));
            assertThat(z[1][0]).isCloseTo(-0.375, Offset.offset(1e-5));
            Tensor seed = root.allocate(y.shape(), dtype).set(flat(dz));
            try (Gradients gradients = tape.backward(List.of(y), List.of(seed))) {
                assertThat(gradients.of(abn.parameterList().get(0)).toDoubles())
                        .containsExactly(dGamma, Offset.offset(10 * within(dtype).value));
                assertThat(gradients.of(abn.parameterList().get(1)).toDoubles())
                        .containsExactly(dBeta, Offset.offset(10 * within(dtype).value));
            }
            assertThat(tape.gradient(x).toDoubles()).containsExactly(flat(dx), Offset.offset(10 * within(dtype).value));
            assertThat(abn.buffers().get("running_mean").toDoubles()).containsExactly(MEAN);
            assertThat(abn.buffers().get("running_var").toDoubles()).containsExactly(VARIANCE);
        }
    }

    private static Tensor batch(TensorScope scope, DType dtype) {
        return scope.allocate(Shape.of(X.length, 3), dtype, MemoryKind.INPUT).set(flat(X));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void leavesAnInputThatSomebodyReadsLater(DType dtype) {
        try (TensorScope root = engine.scope("");
                Tape tape = Tape.inference(root)) {
            InPlaceAbn abn = abn(root, dtype);
            Variable x = Add.add(tape.constant(batch(root, dtype)), tape.constant(batch(root, dtype)));
            double[] before = x.value().toDoubles();
            double[] once = abn.call(x).value().toDoubles();
            assertThat(x.value().toDoubles()).containsExactly(before);
            assertThat(abn.call(x).value().toDoubles()).containsExactly(once);
        }
    }
}
