package org.backpropaganda.autograd.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.SplittableRandom;
import java.util.function.ToDoubleFunction;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Linear;
import org.backpropaganda.autograd.op.Relu;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

/** The numbered lines of docs/fully-connected.md, with plain arrays, against differences of the loss. */
class FullyConnectedTest {
    private static final int BATCH = 3;
    private static final int INPUTS = 4;
    private static final int HIDDEN = 6;
    private static final int CLASSES = 5;
    private static final double STEP = 1e-5;
    private static final double CLOSE = 1e-8;

    private final SplittableRandom random = new SplittableRandom(7);
    private final double[][] x = matrix(BATCH, INPUTS);
    private final double[][] w1 = matrix(HIDDEN, INPUTS);
    private final double[] b1 = matrix(1, HIDDEN)[0];
    private final double[][] w2 = matrix(CLASSES, HIDDEN);
    private final double[] b2 = matrix(1, CLASSES)[0];
    private final int[] truth = {4, 0, 2};

    private double[][] matrix(int rows, int columns) {
        double[][] values = new double[rows][];
        for (int r = 0; r < rows; r++) {
            values[r] = random.doubles(columns, -1, 1).toArray();
        }
        return values;
    }

    /** (7), which is (3) for each row. */
    private static double[][] layer(double[][] x, double[][] w, double[] b) {
        double[][] y = new double[x.length][w.length];
        for (int n = 0; n < x.length; n++) {
            for (int o = 0; o < w.length; o++) {
                y[n][o] = b[o];
                for (int i = 0; i < x[n].length; i++) {
                    y[n][o] += x[n][i] * w[o][i];
                }
            }
        }
        return y;
    }

    private static double[][] relu(double[][] y) {
        double[][] a = new double[y.length][y[0].length];
        for (int n = 0; n < y.length; n++) {
            for (int o = 0; o < y[n].length; o++) {
                a[n][o] = Math.max(y[n][o], 0);
            }
        }
        return a;
    }

    private static double[] softmax(double[] y) {
        double sum = 0;
        double[] p = new double[y.length];
        for (int c = 0; c < y.length; c++) {
            p[c] = Math.exp(y[c]);
            sum += p[c];
        }
        for (int c = 0; c < y.length; c++) {
            p[c] /= sum;
        }
        return p;
    }

    /** The mean of −log p of the true classes. */
    private static double loss(double[][] logits, int[] truth) {
        double sum = 0;
        for (int n = 0; n < logits.length; n++) {
            sum -= Math.log(softmax(logits[n])[truth[n]]);
        }
        return sum / logits.length;
    }

    private double network() {
        return loss(layer(relu(layer(x, w1, b1)), w2, b2), truth);
    }

    /** (1) for each number of a row. */
    private static double[] differences(double[] row, ToDoubleFunction<double[]> loss) {
        double[] gradient = new double[row.length];
        for (int i = 0; i < row.length; i++) {
            double kept = row[i];
            row[i] = kept + STEP;
            double above = loss.applyAsDouble(row);
            row[i] = kept - STEP;
            double below = loss.applyAsDouble(row);
            row[i] = kept;
            gradient[i] = (above - below) / (2 * STEP);
        }
        return gradient;
    }

    /** (8): dx = dy W. */
    private static double[][] inputGradient(double[][] dy, double[][] w) {
        double[][] dx = new double[dy.length][w[0].length];
        for (int n = 0; n < dy.length; n++) {
            for (int o = 0; o < w.length; o++) {
                for (int i = 0; i < w[o].length; i++) {
                    dx[n][i] += dy[n][o] * w[o][i];
                }
            }
        }
        return dx;
    }

    /** (9): dW = dyᵀ x. */
    private static double[][] weightGradient(double[][] dy, double[][] x) {
        double[][] dw = new double[dy[0].length][x[0].length];
        for (int n = 0; n < dy.length; n++) {
            for (int o = 0; o < dw.length; o++) {
                for (int i = 0; i < x[n].length; i++) {
                    dw[o][i] += dy[n][o] * x[n][i];
                }
            }
        }
        return dw;
    }

    /** (10): db = Σ dy. */
    private static double[] biasGradient(double[][] dy) {
        double[] db = new double[dy[0].length];
        for (double[] row : dy) {
            for (int o = 0; o < row.length; o++) {
                db[o] += row[o];
            }
        }
        return db;
    }

    /** (12). */
    private static double[][] logitGradient(double[][] logits, int[] truth) {
        double[][] dy = new double[logits.length][];
        for (int n = 0; n < logits.length; n++) {
            dy[n] = softmax(logits[n]);
            dy[n][truth[n]] -= 1;
            for (int c = 0; c < dy[n].length; c++) {
                dy[n][c] /= logits.length;
            }
        }
        return dy;
    }

    private static void assertClose(double[] actual, double[] expected) {
        assertThat(actual).hasSameSizeAs(expected);
        for (int i = 0; i < actual.length; i++) {
            assertThat(actual[i]).isCloseTo(expected[i], within(CLOSE));
        }
    }

    /** Lines (4) to (6): a loss of one example, Σ c y², whose dy is 2 c y. */
    @Test
    void oneExample() {
        double[][] one = {x[0]};
        ToDoubleFunction<double[]> loss = any -> {
            double sum = 0;
            double[] y = layer(one, w1, b1)[0];
            for (int o = 0; o < y.length; o++) {
                sum += (o + 1) * y[o] * y[o];
            }
            return sum;
        };
        double[] y = layer(one, w1, b1)[0];
        double[] dy = new double[HIDDEN];
        for (int o = 0; o < HIDDEN; o++) {
            dy[o] = 2 * (o + 1) * y[o];
        }
        assertClose(dy, differences(b1, loss));
        double[] dx = new double[INPUTS];
        for (int o = 0; o < HIDDEN; o++) {
            double[] dw = new double[INPUTS];
            for (int i = 0; i < INPUTS; i++) {
                dw[i] = dy[o] * one[0][i];
                dx[i] += dy[o] * w1[o][i];
            }
            assertClose(dw, differences(w1[o], loss));
        }
        assertClose(dx, differences(one[0], loss));
    }

    /** Line (12), and (11): the batch's dW is the mean of the examples' own. */
    @Test
    void meanOverTheBatch() {
        double[][] logits = layer(x, new double[CLASSES][INPUTS], b2);
        for (int n = 0; n < BATCH; n++) {
            assertClose(logitGradient(logits, truth)[n], differences(logits[n], any -> loss(logits, truth)));
        }
        double[][] dw = weightGradient(logitGradient(logits, truth), x);
        double[][] mean = new double[CLASSES][INPUTS];
        for (int n = 0; n < BATCH; n++) {
            double[][] own = weightGradient(
                    logitGradient(new double[][] {logits[n]}, new int[] {truth[n]}), new double[][] {x[n]});
            for (int o = 0; o < CLASSES; o++) {
                for (int i = 0; i < INPUTS; i++) {
                    mean[o][i] += own[o][i] / BATCH;
                }
            }
        }
        for (int o = 0; o < CLASSES; o++) {
            assertClose(dw[o], mean[o]);
        }
    }

    /** All gradients of the two layers: dW₁, db₁, dW₂, db₂, dx. */
    @SuppressWarnings("ArrayRecordComponent")
    private record Backward(double[][] dw1, double[] db1, double[][] dw2, double[] db2, double[][] dx) {}

    private Backward backward() {
        double[][] y1 = layer(x, w1, b1);
        double[][] a1 = relu(y1);
        double[][] dy2 = logitGradient(layer(a1, w2, b2), truth);
        double[][] dy1 = inputGradient(dy2, w2);
        for (int n = 0; n < BATCH; n++) {
            for (int o = 0; o < HIDDEN; o++) {
                dy1[n][o] *= y1[n][o] > 0 ? 1 : 0;
            }
        }
        return new Backward(
                weightGradient(dy1, x),
                biasGradient(dy1),
                weightGradient(dy2, a1),
                biasGradient(dy2),
                inputGradient(dy1, w1));
    }

    /** Lines (8) to (10) and (13), through both layers. */
    @Test
    void twoLayers() {
        Backward backward = backward();
        ToDoubleFunction<double[]> loss = any -> network();
        for (int o = 0; o < HIDDEN; o++) {
            assertClose(backward.dw1[o], differences(w1[o], loss));
        }
        assertClose(backward.db1, differences(b1, loss));
        for (int o = 0; o < CLASSES; o++) {
            assertClose(backward.dw2[o], differences(w2[o], loss));
        }
        assertClose(backward.db2, differences(b2, loss));
        for (int n = 0; n < BATCH; n++) {
            assertClose(backward.dx[n], differences(x[n], loss));
        }
    }

    /** Line (14). */
    @Test
    void theTapeGivesTheSame() {
        try (Engine engine = Engine.create();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 0)) {
            Parameter weight1 = parameter(scope, w1);
            Parameter bias1 = new Parameter(scope.allocate(Shape.of(HIDDEN), DType.DOUBLE, MemoryKind.PARAMETER)
                    .set(b1));
            Parameter weight2 = parameter(scope, w2);
            Parameter bias2 = new Parameter(scope.allocate(Shape.of(CLASSES), DType.DOUBLE, MemoryKind.PARAMETER)
                    .set(b2));
            Variable input = tape.constant(parameter(scope, x).value());
            Variable labels =
                    tape.constant(scope.allocate(Shape.of(BATCH), DType.INT).set(truth));
            Variable a1 = Relu.relu(Linear.linear(input, tape.parameter(weight1), tape.parameter(bias1)));
            Variable y2 = Linear.linear(a1, tape.parameter(weight2), tape.parameter(bias2));
            Variable loss = SoftmaxCrossEntropy.crossEntropy(y2, labels);
            assertThat(loss.value().item()).isCloseTo(network(), within(CLOSE));
            Backward expected = backward();
            try (Gradients gradients = tape.backward(loss)) {
                assertClose(gradient(gradients, weight1), flat(expected.dw1));
                assertClose(gradient(gradients, bias1), expected.db1);
                assertClose(gradient(gradients, weight2), flat(expected.dw2));
                assertClose(gradient(gradients, bias2), expected.db2);
            }
        }
    }

    private static Parameter parameter(TensorScope scope, double[][] values) {
        Shape shape = Shape.of(values.length, values[0].length);
        return new Parameter(
                scope.allocate(shape, DType.DOUBLE, MemoryKind.PARAMETER).set(flat(values)));
    }

    private static double[] gradient(Gradients gradients, Parameter parameter) {
        Tensor gradient = gradients.of(parameter);
        assertThat(gradient).isNotNull();
        return gradient.toDoubles();
    }

    private static double[] flat(double[][] rows) {
        return Arrays.stream(rows).flatMapToDouble(Arrays::stream).toArray();
    }
}
