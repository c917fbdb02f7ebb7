package org.backpropaganda.reversible;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Conv2d;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Pow;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.reversible.Trained.Input;
import org.backpropaganda.reversible.block.IRevNetBlock;
import org.backpropaganda.reversible.block.MomentumResidual;
import org.backpropaganda.reversible.block.ReversibleColumn;
import org.backpropaganda.reversible.ode.LeapfrogCoupling;
import org.backpropaganda.reversible.recurrent.ReversibleGruCell;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Log-determinants against those of Jacobians by finite differences, and normalising flows trained by reconstruction. */
class FlowTest {
    private static final int SAMPLES = 2;
    private static final int DEPTH = 3;

    /** Couplings and the sizes of a sample's streams, with side inputs behind them. */
    private record Case(
            String name, Function<ParameterFactory, Coupling> coupling, int streams, int depth, List<long[]> sizes) {
        static Case of(String name, Function<ParameterFactory, Coupling> coupling, long[]... sizes) {
            return new Case(name, coupling, 2, DEPTH, List.of(sizes));
        }

        Case withStreams(int count) {
            return new Case(name, coupling, count, depth, sizes);
        }

        /** Not several in a row: shapes change, or errors are multiplied by a thousand each time. */
        Case alone() {
            return new Case(name, coupling, streams, 1, sizes);
        }

        Input[] inputs(DType dtype) {
            return IntStream.range(0, sizes.size())
                    .mapToObj(i -> {
                        long[] all = new long[sizes.get(i).length + 1];
                        all[0] = SAMPLES;
                        System.arraycopy(sizes.get(i), 0, all, 1, sizes.get(i).length);
                        return Input.random(dtype, 20 + i, all);
                    })
                    .toArray(Input[]::new);
        }

        @Override
        public String toString() {
            return name;
        }
    }

    static Stream<Case> cases() {
        long[] row = {2};
        long[] square = {2, 2, 1};
        return Stream.of(
                affine(Scaling.sigmoid()),
                affine(Scaling.exp()),
                affine(Scaling.softClamp(0.5)),
                affine(Scaling.atLeast(0.3)),
                affine(Scaling.awayFromZero(0.3)),
                Case.of(
                        "one scale for a row",
                        factory -> new AffineCoupling(new Apart(factory), new Apart(factory)),
                        row,
                        row),
                Case.of("additive", factory -> new AdditiveCoupling(dense(factory, 2), dense(factory, 2)), row, row),
                Case.of("momentum", factory -> new MomentumResidual(dense(factory, 2), 0.7), row, row),
                Case.of("leapfrog", factory -> new LeapfrogCoupling(dense(factory, 2), 0.7), row, row),
                Case.of("i-RevNet", factory -> new IRevNetBlock(image(factory), 2, 0), square, square)
                        .alone(),
                Case.of("column", FlowTest::column, row, row, row).alone(),
                Case.of("recurrent", factory -> new ReversibleGruCell(factory, 3, 4, 0.4), row, row, new long[] {3}),
                Case.of(
                                "split, scaled with another sign and joined",
                                factory -> Coupling.of(
                                        List.of("x"),
                                        Move.split("x", "a", "b"),
                                        Update.of("a", Combine.scaledAdd(-0.6, 2), dense(factory, 2), "b"),
                                        Update.of("b", Combine.affine(Scaling.exp()), dense(factory, 4), "a"),
                                        Move.join("b", "a", "x")),
                                new long[] {4})
                        .withStreams(1));
    }

    private static Case affine(Scaling scaling) {
        return Case.of(
                "affine, " + scaling.name(),
                factory -> new AffineCoupling(dense(factory, 4), dense(factory, 4), scaling),
                new long[] {2},
                new long[] {2});
    }

    private static Coupling column(ParameterFactory factory) {
        ReversibleColumn column = new ReversibleColumn(factory, List.of(new OfBoth(factory), dense(factory, 2)), 2, 2);
        column.parameters().get("level1.alpha").value().set(-0.4, 1.3);
        column.parameters().get("level2.alpha").value().set(0.0001, -0.0001);
        return column;
    }

    private static Module dense(ParameterFactory factory, long outputs) {
        return new Sequential(new Linear(factory, 2, outputs, true), Activation.tanh());
    }

    private static Module image(ParameterFactory factory) {
        return new Sequential(new Conv2d(factory, 1, 4, Window.square(2, 2, 0), true), Activation.tanh());
    }

    /** A scale of one number a row, and a shift. */
    private static final class Apart extends Module {
        private final Module scale;
        private final Module shift;

        Apart(ParameterFactory factory) {
            scale = register("scale", new Linear(factory, 2, 1, true));
            shift = register("shift", dense(factory, 2));
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            return List.of(scale.call(x.get(0)), shift.call(x.get(0)));
        }
    }

    private static final class OfBoth extends Module {
        private final Module inner;

        OfBoth(ParameterFactory factory) {
            inner = register("", dense(factory, 2));
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            return List.of(inner.call(Add.add(x.get(0), x.get(1))));
        }
    }

    /** Returns what a flow gives, its log-determinant last. */
    private static final class Flowing extends Module {
        private final Function<List<Variable>, Flow> flow;

        Flowing(Module inner, Function<List<Variable>, Flow> flow) {
            register("inner", inner);
            this.flow = flow;
        }

        static Flowing of(Coupling coupling) {
            return new Flowing(coupling, coupling::flow);
        }

        static Flowing of(ReversibleSequence sequence) {
            return new Flowing(sequence, sequence::flow);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            Flow result = flow.apply(inputs);
            List<Variable> all = new ArrayList<>(result.streams());
            all.add(result.logDeterminant());
            return all;
        }
    }

    private static double[] joined(List<double[]> streams, int sample) {
        return streams.stream()
                .flatMapToDouble(stream ->
                        Arrays.stream(stream, sample * stream.length / SAMPLES, (sample + 1) * stream.length / SAMPLES))
                .toArray();
    }

    /** log |det ∂y/∂x| of a sample, whatever the others. */
    private static double logDeterminant(Case c, int sample) {
        double h = 1e-6;
        Input[] inputs = c.inputs(DType.DOUBLE);
        List<double[]> rows = new ArrayList<>();
        for (int stream = 0; stream < c.streams(); stream++) {
            int each = inputs[stream].values().length / SAMPLES;
            for (int i = 0; i < each; i++) {
                double[] high = moved(c, inputs, stream, sample * each + i, h, sample);
                double[] low = moved(c, inputs, stream, sample * each + i, -h, sample);
                rows.add(IntStream.range(0, high.length)
                        .mapToDouble(k -> (high[k] - low[k]) / (2 * h))
                        .toArray());
            }
        }
        return logAbsoluteDeterminant(rows.toArray(double[][]::new));
    }

    private static double[] moved(Case c, Input[] inputs, int stream, int element, double by, int sample) {
        Input[] changed = inputs.clone();
        double[] values = inputs[stream].values().clone();
        values[element] += by;
        changed[stream] = new Input(inputs[stream].dtype(), inputs[stream].shape(), values);
        List<double[]> outputs = Trained.outputs(c.coupling(), changed);
        return joined(outputs.subList(0, c.streams()), sample);
    }

    /** By elimination with pivots. */
    private static double logAbsoluteDeterminant(double[]... matrix) {
        int n = matrix.length;
        double logarithm = 0;
        for (int column = 0; column < n; column++) {
            int pivot = column;
            for (int row = column + 1; row < n; row++) {
                if (Math.abs(matrix[row][column]) > Math.abs(matrix[pivot][column])) {
                    pivot = row;
                }
            }
            double[] top = matrix[pivot];
            matrix[pivot] = matrix[column];
            matrix[column] = top;
            logarithm += Math.log(Math.abs(top[column]));
            for (int row = column + 1; row < n; row++) {
                double factor = matrix[row][column] / top[column];
                for (int k = column; k < n; k++) {
                    matrix[row][k] -= factor * top[k];
                }
            }
        }
        return logarithm;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logDeterminantsAreThoseOfTheJacobian(Case c) {
        List<double[]> outputs =
                Trained.outputs(factory -> Flowing.of(c.coupling().apply(factory)), c.inputs(DType.DOUBLE));
        double[] logDeterminants = outputs.get(outputs.size() - 1);
        assertThat(logDeterminants).hasSize(SAMPLES);
        for (int sample = 0; sample < SAMPLES; sample++) {
            assertThat(logDeterminants[sample])
                    .as("sample %d", sample)
                    .isCloseTo(logDeterminant(c, sample), Offset.offset(1e-6));
        }
    }

    /** A flow and the way back from what it gives. */
    private static Flowing thereAndBack(
            Module module, Function<List<Variable>, Flow> flow, Function<List<Variable>, Flow> inverse) {
        return new Flowing(module, inputs -> {
            Flow there = flow.apply(inputs);
            Flow back = inverse.apply(there.streams());
            return new Flow(back.streams(), Add.add(there.logDeterminant(), back.logDeterminant()));
        });
    }

    private static Module thereAndBack(Coupling coupling) {
        return thereAndBack(coupling, coupling::flow, coupling::inverseFlow);
    }

    private static Module thereAndBack(ReversibleSequence sequence) {
        return thereAndBack(sequence, sequence::flow, sequence::inverseFlow);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void theWayBackHasMinusTheLogDeterminant(Case c) {
        Input[] inputs = c.inputs(DType.DOUBLE);
        List<Function<ParameterFactory, Module>> modules = List.of(
                factory -> thereAndBack(c.coupling().apply(factory)),
                factory -> thereAndBack(new ReversibleSequence(chain(c, factory))));
        for (Function<ParameterFactory, Module> module : modules) {
            List<double[]> back = Trained.outputs(module, inputs);
            assertThat(back.get(back.size() - 1)).containsExactly(new double[SAMPLES], Offset.offset(1e-12));
            for (int i = 0; i < c.streams(); i++) {
                assertThat(back.get(i)).containsExactly(inputs[i].values(), Offset.offset(1e-9));
            }
        }
    }

    private static List<Coupling> chain(Case c, ParameterFactory factory) {
        return Stream.generate(() -> c.coupling().apply(factory))
                .limit(c.depth())
                .toList();
    }

    /** One flow after another, storing. */
    private static Flowing storing(List<Coupling> couplings) {
        return new Flowing(new Sequential(couplings), inputs -> {
            List<Variable> current = inputs;
            Variable logDeterminant = null;
            for (Coupling coupling : couplings) {
                Flow flow = coupling.flow(current);
                current = flow.streams();
                logDeterminant =
                        logDeterminant == null ? flow.logDeterminant() : Add.add(logDeterminant, flow.logDeterminant());
            }
            return new Flow(current, logDeterminant);
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsThroughAReversibleFlowAreThoseOfStoring(Case c) {
        Input[] inputs = c.inputs(DType.DOUBLE);
        Trained reversible = Trained.step(factory -> Flowing.of(new ReversibleSequence(chain(c, factory))), inputs);
        Trained stored = Trained.step(factory -> storing(chain(c, factory)), inputs);
        for (int i = 0; i < stored.outputs().size(); i++) {
            assertThat(reversible.outputs().get(i))
                    .containsExactly(stored.outputs().get(i), Offset.offset(1e-14));
        }
        assertThat(reversible.gradientError(stored)).isLessThan(1e-9);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void aReversibleFlowSavesItsStreamsAlone(Case c) {
        Input[] inputs = c.inputs(DType.FLOAT);
        long streams = 0;
        for (int i = 0; i < c.streams(); i++) {
            streams += (long) inputs[i].values().length * Float.BYTES;
        }
        assertThat(Trained.step(factory -> Flowing.of(new ReversibleSequence(chain(c, factory))), inputs)
                        .savedBytes())
                .isEqualTo(streams);
    }

    /** Of a density: the mean over samples of ‖z‖²/2 − log |det|, of which only the log-determinant reads some parameters. */
    private static final class Likelihood extends Module {
        private final Module flowing;

        Likelihood(Module flowing) {
            this.flowing = register("flowing", flowing);
        }

        @Override
        protected List<Variable> forward(List<Variable> inputs) {
            List<Variable> z = flowing.call(inputs);
            Variable squares = Add.add(Sum.sum(Pow.pow(z.get(0), 2)), Sum.sum(Pow.pow(z.get(1), 2)));
            Variable volume = Sum.sum(z.get(2));
            return List.of(Scale.scale(Add.add(Scale.scale(squares, 0.5), Scale.scale(volume, -1)), 1.0 / SAMPLES));
        }
    }

    @Test
    void anExactLikelihoodHasTheGradientsOfStoring() {
        Case c = affine(Scaling.softClamp(2));
        Input[] inputs = c.inputs(DType.DOUBLE);
        Trained reversible =
                Trained.step(factory -> new Likelihood(Flowing.of(new ReversibleSequence(chain(c, factory)))), inputs);
        Trained stored = Trained.step(factory -> new Likelihood(storing(chain(c, factory))), inputs);
        assertThat(reversible.gradientError(stored)).isLessThan(1e-11);
    }

    @Test
    void dimensionsThatJoinHaveNoDeterminant() {
        assertThatThrownBy(() -> Trained.outputs(
                        factory -> Flowing.of(new IRevNetBlock(new Activation(x -> x), 1, 2)),
                        Input.random(DType.DOUBLE, 1, 1, 2, 2, 1),
                        Input.random(DType.DOUBLE, 2, 1, 2, 2, 1)))
                .isInstanceOf(UnsupportedOperationException.class)
                .hasMessage(
                        "[x1] ← padChannels([x1]) adds dimensions, between which volumes have no ratio and the map no"
                                + " determinant; leave it out of a flow");
    }
}
