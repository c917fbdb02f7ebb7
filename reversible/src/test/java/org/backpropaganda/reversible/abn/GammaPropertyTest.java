package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Assume;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.Tuple;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Gradients in place, in FLOAT and DOUBLE, against the storing layers in DOUBLE, whatever γ and β are. x̂ comes back within
 * 8u (|x̂| + |β|/|γ|), behind ELU within 8u 2⁷ (2¹⁵) more, and a channel that would not is as exact as the storing layers,
 * for whose sums 32u are allowed. With x̂ off by δ of its own size or of 1, |δdγ| ≤ δ Σ|dy| (1 + |x̂|), and dx, which is
 * γ/√(σ² + ε) times dy − mean(dy) − x̂ mean(x̂ dy), by at most that factor times δ of the sum of the sizes of its terms.
 */
class GammaPropertyTest {
    private static final int ROWS = 24;
    private static final double SUMS = 32;

    /** One channel, which stands beside one that comes back. */
    record Channel(double gamma, double beta, InvertibleActivation activation, InPlaceAbn.Variant variant, long seed) {}

    @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
    record Step(double[] dx, double dGamma, double dBeta) {}

    @Provide
    Arbitrary<Channel> channels() {
        Arbitrary<Double> gammas = numbers(-12, 12);
        Arbitrary<Double> betas = numbers(-7, 3);
        Arbitrary<Double> ratios = numbers(-2, 6);
        Arbitrary<InvertibleActivation> activations = Arbitraries.of(
                InvertibleActivation.leakyRelu((float) 0.01),
                InvertibleActivation.leakyRelu(1),
                InvertibleActivation.elu(1),
                InvertibleActivation.identity());
        Arbitrary<double[]> weights = Arbitraries.oneOf(
                Combinators.combine(gammas, betas).as((gamma, beta) -> new double[] {gamma, beta}),
                Combinators.combine(gammas, ratios)
                        .as((gamma, ratio) -> new double[] {gamma, (float) (gamma * ratio)}));
        return Combinators.combine(weights, activations, Arbitraries.of(InPlaceAbn.Variant.class), Arbitraries.longs())
                .as((weight, activation, variant, seed) ->
                        new Channel(weight[0], weight[1], activation, variant, seed));
    }

    /** Zero, or of either sign with a magnitude between two powers of ten. */
    private static Arbitrary<Double> numbers(double least, double most) {
        Arbitrary<Double> magnitudes =
                Arbitraries.doubles().between(least, most).map(exponent -> (double) (float) Math.pow(10, exponent));
        return Arbitraries.frequencyOf(
                Tuple.of(1, Arbitraries.just(0.0)),
                Tuple.of(
                        8,
                        Combinators.combine(magnitudes, Arbitraries.of(-1.0, 1.0))
                                .as((a, sign) -> a * sign)));
    }

    @Property(tries = 1500)
    void gradientsInFloat(@ForAll("channels") Channel channel) {
        hold(channel, DType.FLOAT, Math.scalb(bound(channel, 128), -24));
    }

    @Property(tries = 1500)
    void gradientsInDouble(@ForAll("channels") Channel channel) {
        hold(channel, DType.DOUBLE, Math.scalb(bound(channel, 32768), -53));
    }

    /** In units of rounding. */
    private static double bound(Channel c, double largestRatio) {
        double ratio = Math.abs(c.beta()) / Math.abs(c.gamma());
        boolean comesBack = ratio <= largestRatio;
        boolean elu = c.activation() instanceof InvertibleActivation.Elu;
        return SUMS + (comesBack ? 8 * (ratio + (elu ? largestRatio : 0)) : 0);
    }

    private static double[] numbers(long seed) {
        double[] values = new double[ROWS];
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < ROWS; i++) {
            values[i] = (float) random.nextDouble(-1, 1);
        }
        return values;
    }

    private static void hold(Channel c, DType dtype, double bound) {
        double[] x = numbers(c.seed());
        double[] dz = numbers(~c.seed());
        double mean = 0;
        double variance = 0;
        for (double value : x) {
            mean += value / ROWS;
        }
        for (double value : x) {
            variance += (value - mean) * (value - mean) / ROWS;
        }
        double deviation = Math.sqrt(variance + BatchNorm.EPSILON);
        double sumOfSizes = 0;
        double products = 0;
        double largest = 0;
        for (int i = 0; i < ROWS; i++) {
            double normal = (x[i] - mean) / deviation;
            // Next to the kink, rounding decides which derivative is taken.
            Assume.that(c.gamma() == 0
                    || Math.abs(c.gamma() * normal + c.beta())
                            > 1e-5 * (Math.abs(c.gamma() * normal) + Math.abs(c.beta())));
            sumOfSizes += Math.abs(dz[i]);
            products += Math.abs(dz[i]) * (1 + Math.abs(normal));
            largest = Math.max(largest, Math.abs(normal));
        }
        Step expected = step(c, DType.DOUBLE, x, dz, false);
        Step actual = step(c, dtype, x, dz, true);
        assertThat(actual.dBeta()).isCloseTo(expected.dBeta(), within(bound * sumOfSizes));
        assertThat(actual.dGamma()).as("dγ").isCloseTo(expected.dGamma(), within(bound * products));
        double each = Math.abs(c.gamma()) / deviation * (1 + sumOfSizes / ROWS + (1 + largest) * products / ROWS);
        assertThat(actual.dx()).as("dx").containsExactly(expected.dx(), within(bound * each));
    }

    private static Step step(Channel c, DType dtype, double[] numbers, double[] dz, boolean inPlace) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("");
                Tape tape = Tape.training(root, 1)) {
            BatchNorm norm = new BatchNorm(new ParameterFactory(root, dtype, 1), 2);
            norm.weight().value().set(c.gamma(), 1);
            norm.bias().value().set(c.beta(), 0);
            Module layer = inPlace
                    ? InPlaceAbn.builder(norm)
                            .activation(c.activation())
                            .variant(c.variant())
                            .build()
                            .onWarning(text -> {})
                    : new Sequential(norm, new Activation(c.activation()::apply));
            Variable x = tape.leaf(tensor(root, dtype, numbers));
            Variable zero = tape.constant(tensor(root, dtype, new double[ROWS]));
            Variable z = layer.call(Add.add(x, zero));
            Variable loss = Sum.sum(Multiply.multiply(z, tape.constant(tensor(root, dtype, dz))));
            try (Gradients gradients = tape.backward(loss)) {
                double[] dx = tape.gradient(x).toDoubles();
                return new Step(
                        IntStream.range(0, ROWS).mapToDouble(i -> dx[2 * i]).toArray(),
                        gradients.of(norm.weight()).toDoubles()[0],
                        gradients.of(norm.bias()).toDoubles()[0]);
            }
        }
    }

    private static Tensor tensor(TensorScope scope, DType dtype, double[] values) {
        double[] beside = IntStream.range(0, 2 * ROWS)
                .mapToDouble(i -> i % 2 == 0 ? values[i / 2] : Math.sin(i))
                .toArray();
        return scope.allocate(Shape.of(ROWS, 2), dtype, MemoryKind.INPUT).set(beside);
    }
}
