package org.backpropaganda.synthetic.probe;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.assertj.core.data.Offset;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.synthetic.DecoupledSequence;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.Hidden;
import org.backpropaganda.synthetic.predictor.MultilayerPredictor;
import org.backpropaganda.synthetic.predictor.TargetNetwork;
import org.backpropaganda.synthetic.testing.BoundaryRecorder;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class GradientProbeTest {
    private static final int BATCH = 6;
    private static final int WIDTH = 4;
    private static final int CLASSES = 3;
    private static final long SEED = 9;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
    private final List<Module> modules = List.of(inner(), inner(), new Linear(factory, WIDTH, CLASSES, true));
    private final Tensor x = root.allocate(Shape.of(BATCH, WIDTH), DType.DOUBLE, MemoryKind.INPUT)
            .set(new SplittableRandom(2).doubles(BATCH * WIDTH, -1, 1).toArray());
    private final Tensor labels =
            root.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT).set(0, 1, 2, 2, 1, 0);

    @AfterEach
    void close() {
        engine.close();
    }

    private Module inner() {
        return new Sequential(
                new Linear(factory, WIDTH, WIDTH, true),
                new BatchNorm(factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.3));
    }

    private Variable loss(Tape tape, Variable y) {
        return SoftmaxCrossEntropy.crossEntropy(y, tape.constant(labels));
    }

    private List<BoundaryFidelity> probe(List<? extends GradientPredictor> predictors) {
        return GradientProbe.of(new DecoupledSequence(modules, predictors), x, labels, SEED, root, this::loss);
    }

    /** A factor for each boundary of what is predicted, in front of an oracle. */
    private static GradientPredictor times(double factor, GradientPredictor oracle) {
        return new GradientPredictor() {
            @Override
            public boolean isConditioned() {
                return false;
            }

            @Override
            protected List<Variable> forward(List<Variable> inputs) {
                Variable told = oracle.call(inputs).get(0);
                return List.of(org.backpropaganda.autograd.op.Scale.scale(told, factor));
            }
        };
    }

    private List<GradientPredictor> oracles(double... factors) {
        BoundaryRecorder recorder = new BoundaryRecorder(modules, root);
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, SEED)) {
            tape.backward(loss(tape, recorder.call(tape.constant(x)))).close();
        }
        List<GradientPredictor> oracles = new ArrayList<>();
        for (int k = 0; k < factors.length; k++) {
            oracles.add(times(factors[k], recorder.oracles().get(k)));
        }
        return oracles;
    }

    /** The gradients that a plain step with the same dropout has, as another way to them recorded. */
    @Test
    void comparesWithTheGradientsOfAPlainStep() {
        List<BoundaryFidelity> exact = probe(oracles(1, 1));
        assertThat(exact).hasSize(2);
        for (int k = 0; k < 2; k++) {
            assertThat(exact.get(k).boundary()).isEqualTo(k);
            assertThat(exact.get(k).cosine()).isCloseTo(1, Offset.offset(1e-12));
            assertThat(exact.get(k).signAgreement()).isEqualTo(1);
            assertThat(exact.get(k).relativeError()).isLessThan(1e-12);
            assertThat(exact.get(k).normRatio()).isCloseTo(1, Offset.offset(1e-12));
        }
    }

    @Test
    void tellsBoundariesApart() {
        List<BoundaryFidelity> found = probe(oracles(-2, 0.5));
        assertThat(found.get(0).cosine()).isCloseTo(-1, Offset.offset(1e-12));
        assertThat(found.get(0).relativeError()).isCloseTo(3, Offset.offset(1e-12));
        assertThat(found.get(0).normRatio()).isCloseTo(2, Offset.offset(1e-12));
        assertThat(found.get(0).signAgreement()).isLessThan(0.5);
        assertThat(found.get(1).cosine()).isCloseTo(1, Offset.offset(1e-12));
        assertThat(found.get(1).relativeError()).isCloseTo(0.5, Offset.offset(1e-12));
        assertThat(found.get(1).normRatio()).isCloseTo(0.5, Offset.offset(1e-12));
    }

    /** By hand: (1, 0, −2, 3) and (2, 0, 2, −1). */
    @Test
    void theFiguresOfTwoTensors() {
        Tensor predicted = root.allocate(Shape.of(4), DType.DOUBLE).set(1, 0, -2, 3);
        Tensor truth = root.allocate(Shape.of(4), DType.DOUBLE).set(2, 0, 2, -1);
        BoundaryFidelity found = BoundaryFidelity.of(7, predicted, truth);
        assertThat(found.boundary()).isEqualTo(7);
        assertThat(found.cosine()).isCloseTo(-5 / Math.sqrt(14 * 9), Offset.offset(1e-15));
        assertThat(found.signAgreement()).isEqualTo(0.5);
        assertThat(found.relativeError()).isCloseTo(Math.sqrt(33) / 3, Offset.offset(1e-15));
        assertThat(found.normRatio()).isCloseTo(Math.sqrt(14) / 3, Offset.offset(1e-15));
        assertThat(BoundaryFidelity.of(0, predicted, null))
                .isEqualTo(new BoundaryFidelity(0, 0, 0.25, Double.POSITIVE_INFINITY, Double.POSITIVE_INFINITY));
    }

    @Test
    void changesNothing() {
        List<GradientPredictor> predictors = List.of(
                new MultilayerPredictor(factory, WIDTH, CLASSES, Hidden.normalised(1, 5)),
                TargetNetwork.refreshed(
                        1, factory, made -> new MultilayerPredictor(made, WIDTH, Hidden.normalised(1, 5))));
        DecoupledSequence sequence = new DecoupledSequence(modules, predictors);
        Map<String, double[]> before = state(sequence);
        long live = engine.ledger().liveBytes();
        List<BoundaryFidelity> first = GradientProbe.of(sequence, x, labels, SEED, root, this::loss);
        assertThat(first).isEqualTo(GradientProbe.of(sequence, x, labels, SEED, root, this::loss));
        assertThat(first).allSatisfy(each -> assertThat(each.normRatio()).isZero());
        assertThat(engine.ledger().liveBytes()).isEqualTo(live);
        Map<String, double[]> after = state(sequence);
        assertThat(after.keySet()).isEqualTo(before.keySet());
        before.forEach((name, values) -> assertThat(after.get(name)).as(name).isEqualTo(values));
    }

    private static Map<String, double[]> state(DecoupledSequence sequence) {
        Map<String, double[]> state = new LinkedHashMap<>();
        List<Module> all = new ArrayList<>(sequence.predictors());
        all.add(sequence);
        for (int i = 0; i < all.size(); i++) {
            String front = i + ".";
            all.get(i).buffers().forEach((name, each) -> state.put(front + name, each.toDoubles()));
            all.get(i)
                    .parameters()
                    .forEach(
                            (name, each) -> state.put(front + name, each.value().toDoubles()));
            all.get(i)
                    .parameters()
                    .forEach((name, each) -> state.put(
                            front + name + " version",
                            new double[] {each.value().version()}));
        }
        return state;
    }
}
