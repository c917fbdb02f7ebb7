package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Function;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** In-place norms against the pairs that they replace, in bytes, wherever they stand. */
class InPlaceAbnBytesTest {
    private static final int BATCH = 12;
    private static final int WIDTH = 8;
    private static final double SLOPE = 0.1;

    /** Numbers, signs and statistics of a [B, C], in FLOAT. */
    private static final long N = 4L * BATCH * WIDTH;

    private static final long SIGNS = BATCH * WIDTH / 8;
    private static final long C = 4L * WIDTH;
    private static final long PAIR = SIGNS + 2 * C;

    /** Makes the norm and the rectifier, one way or the other, and what stands around them. */
    private static final class Kit {
        private final ParameterFactory factory;
        private final boolean inPlace;

        Kit(TensorScope scope, DType dtype, boolean inPlace) {
            factory = new ParameterFactory(scope, dtype, 5);
            this.inPlace = inPlace;
        }

        Module norm() {
            BatchNorm norm = new BatchNorm(factory, WIDTH);
            norm.weight().value().set(1.5, -0.5, 2, -1, 0.25, 1, 1, -2);
            norm.bias().value().set(0.5, 0, -1, 2, 0.1, 0, 1, -1);
            LeakyRelu activation = new LeakyRelu(SLOPE);
            return inPlace ? InPlaceAbn.fusing(norm, activation) : new Sequential(norm, activation);
        }

        Module linear() {
            return new Linear(factory, WIDTH, WIDTH, true);
        }

        Module doubling() {
            return new Activation(x -> Add.add(x, x));
        }
    }

    /** x + body(x), and then an op that saves x all the same. */
    private static final class SkipSavedLater extends Module {
        private final Module body;

        SkipSavedLater(Module body) {
            this.body = register("body", body);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Variable x = Add.add(inputs.get(0), inputs.get(0));
            Variable y = body.call(org.backpropaganda.autograd.op.Identity.hold(x));
            Variable saving = Multiply.multiply(x, x);
            x.release();
            return List.of(Add.add(y, saving));
        }
    }

    private static Arguments row(String name, Function<Kit, Module> model, long pair, long inPlace) {
        return Arguments.of(name, model, pair, inPlace);
    }

    static Stream<Arguments> places() {
        return Stream.of(
                row("on a leaf", Kit::norm, PAIR, PAIR),
                row("two in a row on a leaf", k -> new Sequential(k.norm(), k.norm()), N + 2 * PAIR, PAIR + N + C),
                row(
                        "three in a row on a leaf",
                        k -> new Sequential(k.norm(), k.norm(), k.norm()),
                        2 * N + 3 * PAIR,
                        PAIR + N + C + PAIR),
                row("behind a sigmoid", k -> new Sequential(Activation.sigmoid(), k.norm()), N + PAIR, N + PAIR),
                row("behind a tanh", k -> new Sequential(Activation.tanh(), k.norm()), N + PAIR, N + PAIR),
                row(
                        "between a sigmoid and a linear layer",
                        k -> new Sequential(Activation.sigmoid(), k.norm(), k.linear()),
                        2 * N + PAIR,
                        2 * N + PAIR),
                row("behind a linear layer", k -> new Sequential(k.linear(), k.norm()), N + PAIR, N + C),
                row("behind an addition", k -> new Sequential(k.doubling(), k.norm()), N + PAIR, N + C),
                row(
                        "between linear layers",
                        k -> new Sequential(k.linear(), k.norm(), k.linear()),
                        2 * N + PAIR,
                        N + C),
                row(
                        "before a sigmoid",
                        k -> new Sequential(k.linear(), k.norm(), Activation.sigmoid()),
                        2 * N + PAIR,
                        2 * N + C),
                row(
                        "first in a residual branch",
                        k -> new Sequential(k.doubling(), new Residual(new Sequential(k.norm(), k.linear()))),
                        2 * N + PAIR,
                        2 * N + PAIR),
                row(
                        "last in a residual branch",
                        k -> new Residual(new Sequential(k.linear(), k.norm())),
                        N + PAIR,
                        N + C),
                row("beside a skip that is saved later", k -> new SkipSavedLater(k.norm()), N + PAIR, N + PAIR));
    }

    private record Step(Map<String, double[]> values, long saved, long peakActivation, long peak) {}

    private static Step step(Function<Kit, Module> make, DType dtype, boolean inPlace) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Module model = make.apply(new Kit(root, dtype, inPlace));
            List<double[]> values = new ArrayList<>();
            long saved;
            engine.resetPeaks();
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, 3)) {
                Variable x = tape.leaf(random(scope, dtype, 1));
                Variable weights = tape.constant(random(scope, dtype, 2));
                Variable y = model.call(x);
                saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
                values.add(y.value().toDoubles());
                Variable loss = Sum.sum(Multiply.multiply(y, weights));
                y.release();
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameterList()
                            .forEach(parameter ->
                                    values.add(gradients.of(parameter).toDoubles()));
                }
                values.add(tape.gradient(x).toDoubles());
                assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            }
            model.buffers().values().forEach(buffer -> values.add(buffer.toDoubles()));
            Map<String, double[]> named = new LinkedHashMap<>();
            values.forEach(array -> named.put("value " + named.size(), array));
            return new Step(
                    named,
                    saved,
                    engine.ledger().peakBytes(MemoryKind.ACTIVATION),
                    engine.ledger().peakBytes());
        }
    }

    private static Tensor random(TensorScope scope, DType dtype, long seed) {
        Tensor tensor = scope.allocate(Shape.of(BATCH, WIDTH), dtype, MemoryKind.INPUT);
        return tensor.set(
                new SplittableRandom(seed).doubles(tensor.elements(), -1, 1).toArray());
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void savesNoMoreThanThePair(String name, Function<Kit, Module> model, long pair, long inPlace) {
        assertThat(step(model, DType.FLOAT, false).saved()).as("the pair").isEqualTo(pair);
        assertThat(step(model, DType.FLOAT, true).saved()).as("in place").isEqualTo(inPlace);
        assertThat(inPlace).isLessThanOrEqualTo(pair);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void noPeakIsHigherThanThePairs(String name, Function<Kit, Module> model, long pair, long inPlace) {
        for (DType dtype : List.of(DType.FLOAT, DType.DOUBLE)) {
            Step plain = step(model, dtype, false);
            Step abn = step(model, dtype, true);
            assertThat(abn.peakActivation()).as("ACTIVATION").isLessThanOrEqualTo(plain.peakActivation());
            assertThat(abn.peak()).as("all kinds").isLessThanOrEqualTo(plain.peak());
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("places")
    void computesWhatThePairComputes(String name, Function<Kit, Module> model, long pair, long inPlace) {
        Map<String, double[]> plain = step(model, DType.DOUBLE, false).values();
        Map<String, double[]> abn = step(model, DType.DOUBLE, true).values();
        assertThat(abn.keySet()).isEqualTo(plain.keySet());
        plain.forEach(
                (what, values) -> assertThat(abn.get(what)).as(what).containsExactly(values, Offset.offset(1e-11)));
    }
}
