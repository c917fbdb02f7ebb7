package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.LayerNorm;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** Gradients of a layer norm from its output, in FLOAT, against the storing one in DOUBLE, whatever γ and β of a column are. */
class RowGammaPropertyTest {
    private static final int ROWS = 6;
    private static final int WIDTH = 8;

    @Provide
    Arbitrary<Double> numbers() {
        Arbitrary<Double> magnitudes =
                Arbitraries.doubles().between(-7, 3).map(exponent -> (double) (float) Math.pow(10, exponent));
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(0.0)),
                Tuple.of(
                        8,
                        Combinators.combine(magnitudes, Arbitraries.of(-1.0, 1.0))
                                .as((a, sign) -> a * sign)));
    }

    /** x̂ comes back within 8u (|x̂| + |β|/|γ|) for ratios up to 2⁷, and |x̂| < √8; 32u are for the sums. */
    @Property(tries = 500)
    void gradients(@ForAll("numbers") double gamma, @ForAll("numbers") double beta, @ForAll long seed) {
        double ratio = Math.abs(beta) / Math.abs(gamma);
        double bound = Math.scalb(32 + (ratio <= 128 ? 8 * ratio : 0), -24);
        double[][] expected = step(gamma, beta, seed, DType.DOUBLE, false);
        double[][] actual = step(gamma, beta, seed, DType.FLOAT, true);
        double farthest = Math.sqrt(WIDTH);
        assertThat(actual[1][0]).as("dγ").isCloseTo(expected[1][0], within(bound * ROWS * (1 + farthest)));
        double terms = (Math.abs(gamma) + 1) * (1 + 1 + (1 + farthest) * (1 + farthest));
        for (int i = 0; i < expected[0].length; i++) {
            double inverse = expected[2][i / WIDTH];
            assertThat(actual[0][i]).as("dx").isCloseTo(expected[0][i], within(bound * inverse * terms));
        }
    }

    /** dx, dγ, and 1/√(σ² + ε) of each row. */
    private static double[][] step(double gamma, double beta, long seed, DType dtype, boolean inPlace) {
        double[] numbers = numbers(seed);
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("");
                Tape tape = Tape.training(root, 1)) {
            LayerNorm plain = new LayerNorm(new ParameterFactory(root, dtype, 1), WIDTH);
            plain.weight().value().set(gamma, 1, 1, -1, 1, -1, 1, 1);
            plain.bias().value().set(beta, 0, 1, 0, 0, -1, 0, 1);
            Module norm = inPlace ? InPlaceLayerNorm.of(plain).onWarning(text -> {}) : plain;
            Variable x = tape.leaf(tensor(root, dtype, numbers));
            Variable y = norm.call(Add.add(x, tape.constant(tensor(root, dtype, new double[numbers.length]))));
            Variable loss = Sum.sum(Multiply.multiply(y, tape.constant(tensor(root, dtype, numbers(~seed)))));
            try (Gradients gradients = tape.backward(loss)) {
                return new double[][] {
                    tape.gradient(x).toDoubles(), gradients.of(plain.weight()).toDoubles(), inverses(numbers)
                };
            }
        }
    }

    private static double[] inverses(double[] x) {
        double[] inverses = new double[ROWS];
        for (int row = 0; row < ROWS; row++) {
            double sum = 0;
            double squares = 0;
            for (int i = 0; i < WIDTH; i++) {
                sum += x[row * WIDTH + i];
                squares += x[row * WIDTH + i] * x[row * WIDTH + i];
            }
            double mean = sum / WIDTH;
            inverses[row] = 1 / Math.sqrt(squares / WIDTH - mean * mean + LayerNorm.EPSILON);
        }
        return inverses;
    }

    private static double[] numbers(long seed) {
        double[] values = new double[ROWS * WIDTH];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    private static Tensor tensor(TensorScope scope, DType dtype, double[] values) {
        return scope.allocate(Shape.of(ROWS, WIDTH), dtype, MemoryKind.INPUT).set(values);
    }
}
