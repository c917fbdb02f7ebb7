package org.backpropaganda.autograd.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Initializer;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.MatMul;
import org.backpropaganda.autograd.op.MeanSquaredError;
import org.backpropaganda.autograd.op.Transpose;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DuringBackwardTest {
    private static final int WIDTH = 16;
    private static final int STEPS = 3;
    private static final GradientClip NO_CLIP = GradientClip.none();

    /** An encoder and a decoder that is its transpose, deep layers between them, and a parameter that is never used. */
    private static final class Tied extends Module {
        private final Module deep;
        private final Parameter tied;
        private final Parameter unused;

        Tied(ParameterFactory factory) {
            tied = register("tied", factory.create(Shape.of(WIDTH, WIDTH), Initializer.ones()));
            unused = register("unused", factory.create(Shape.of(3), Initializer.zeros()));
            deep = register(
                    "deep",
                    new Sequential(
                            Stream.generate(() -> List.of(new Linear(factory, WIDTH, WIDTH, true), Activation.tanh()))
                                    .limit(8)
                                    .flatMap(List::stream)
                                    .toList()));
        }

        @Override
        protected List<Variable> forward(List<Variable> x) {
            Variable w = x.get(0).tape().parameter(tied);
            Variable h = MatMul.matmul(x.get(0), w);
            Variable y = MatMul.matmul(deep.call(h), Transpose.transpose(w, 1, 0));
            return List.of(Add.add(y, MatMul.matmul(h, w)));
        }
    }

    private static double[][] train(
            TensorScope root, Optimizer optimizer, Module model, boolean duringBackward, GradientClip clip) {
        for (int i = 0; i < STEPS; i++) {
            try (TensorScope scope = root.child();
                    Gradients gradients =
                            duringBackward ? optimizer.duringBackward(scope, clip) : new Gradients(scope);
                    Tape tape = Tape.builder(scope).gradients(gradients).build()) {
                tape.backward(loss(tape, scope, model, i));
                if (!duringBackward) {
                    clip.clip(gradients);
                    optimizer.step(gradients);
                }
            }
        }
        return model.parameterList().stream()
                .map(parameter -> parameter.value().toDoubles())
                .toArray(double[][]::new);
    }

    private static Variable loss(Tape tape, TensorScope scope, Module model, int seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Tensor x = scope.allocate(Shape.of(4, WIDTH), DType.FLOAT).fill(() -> random.nextDouble(-1, 1));
        Tensor target = scope.allocate(Shape.of(4, WIDTH), DType.FLOAT).fill(() -> random.nextDouble(-1, 1));
        return MeanSquaredError.meanSquaredError(model.call(tape.constant(x)), tape.constant(target));
    }

    private static double[][] train(boolean duringBackward, GradientClip clip, OptimizerKind kind) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Module model = new Tied(new ParameterFactory(root, DType.FLOAT, 3));
            try (Optimizer optimizer = kind.build(model.parameterList(), root)) {
                return train(root, optimizer, model, duringBackward, clip);
            }
        }
    }

    static Stream<OptimizerKind> optimizers() {
        return Stream.concat(
                OptimizerKind.all(),
                Stream.of(new OptimizerKind(
                        "groups",
                        1,
                        (parameters, scope) -> GroupedOptimizer.of(
                                Sgd.builder(0.1).momentum(0.9).build(parameters.subList(0, 9), scope),
                                Lion.builder(0.01).build(parameters.subList(9, parameters.size()), scope)))));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void endsAtTheSameBitsAsStepping(OptimizerKind kind) {
        assertThat(train(true, NO_CLIP, kind)).isDeepEqualTo(train(false, NO_CLIP, kind));
    }

    @ParameterizedTest
    @MethodSource("optimizers")
    void clipsByValueAsAClippedStepDoes(OptimizerKind kind) {
        GradientClip clip = GradientClip.byValue(1e-3);
        double[][] clipped = train(true, clip, kind);
        assertThat(clipped).isDeepEqualTo(train(false, clip, kind));
        assertThat(clipped[0]).isNotEqualTo(train(true, NO_CLIP, kind)[0]);
    }

    @Test
    void gradientsNeverExistTogether() {
        assertThat(peakOfGradients(false)).isEqualTo(4L * (9 * WIDTH * WIDTH + 8 * WIDTH));
        // The tied matrix waits for its last use; of the others, one layer's weight and bias are there at a time.
        assertThat(peakOfGradients(true)).isEqualTo(4L * (2 * WIDTH * WIDTH + WIDTH));
    }

    private static long peakOfGradients(boolean duringBackward) {
        try (Engine engine = Engine.builder().threads(2).build();
                TensorScope root = engine.scope("")) {
            Module model = new Tied(new ParameterFactory(root, DType.FLOAT, 3));
            try (Optimizer optimizer = Sgd.builder(0.1).build(model.parameterList(), root)) {
                train(root, optimizer, model, duringBackward, NO_CLIP);
                return engine.ledger().peakBytes(MemoryKind.GRADIENT);
            }
        }
    }

    @Test
    void gradientsOfOthersStay() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 3);
            Linear mine = new Linear(factory, WIDTH, WIDTH, false);
            Linear others = new Linear(factory, WIDTH, WIDTH, false);
            Module model = new Sequential(mine, others);
            try (Optimizer optimizer = Sgd.builder(0.1).build(mine.parameterList(), root);
                    TensorScope scope = root.child();
                    Gradients gradients = optimizer.duringBackward(scope);
                    Tape tape = Tape.builder(scope).gradients(gradients).build()) {
                tape.backward(loss(tape, scope, model, 1));
                assertThat(gradients.of(mine.parameterList().get(0))).isNull();
                assertThat(gradients.of(others.parameterList().get(0))).isNotNull();
            }
        }
    }

    @Test
    void anAbandonedTapeIsNotWaitedFor() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            Module model = new Linear(new ParameterFactory(root, DType.FLOAT, 3), WIDTH, WIDTH, false);
            Parameter weight = model.parameterList().get(0);
            double[] before = weight.value().toDoubles();
            try (Optimizer optimizer = Sgd.builder(0.1).build(model.parameterList(), root);
                    TensorScope scope = root.child();
                    Gradients gradients = optimizer.duringBackward(scope)) {
                try (Tape abandoned = Tape.builder(scope).gradients(gradients).build()) {
                    loss(abandoned, scope, model, 1);
                }
                try (Tape tape = Tape.builder(scope).gradients(gradients).build()) {
                    tape.backward(loss(tape, scope, model, 2));
                }
            }
            assertThat(weight.value().toDoubles()).isNotEqualTo(before);
        }
    }

    @Test
    void aParameterMayBeAnOutput() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            Parameter q = new ParameterFactory(root, DType.FLOAT, 3).create(Shape.of(2), Initializer.ones());
            try (Optimizer optimizer = Sgd.builder(0.5).build(List.of(q), root);
                    TensorScope scope = root.child();
                    Gradients gradients = optimizer.duringBackward(scope);
                    Tape tape = Tape.builder(scope).gradients(gradients).build()) {
                Tensor given = scope.allocate(Shape.of(2), DType.FLOAT).set(1, -2);
                tape.backward(List.of(tape.parameter(q)), List.of(given));
            }
            assertThat(q.value().toDoubles()).containsExactly(0.5, 2);
        }
    }

    @Test
    void refusesClippingByTheNormOfAll() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            Module model = new Tied(new ParameterFactory(root, DType.FLOAT, 3));
            try (Optimizer optimizer = Sgd.builder(0.1).build(model.parameterList(), root)) {
                assertThatThrownBy(() -> optimizer.duringBackward(root, GradientClip.byNorm(1)))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessage(
                                "sgd: clipping by the norm 1.0 needs every gradient before the first update; clip by"
                                        + " value, or step after backward");
            }
        }
    }

    @Test
    void refusesASecondBackwardIntoTheSameGradients() {
        try (Engine engine = Engine.create();
                TensorScope root = engine.scope("")) {
            Module model = new Linear(new ParameterFactory(root, DType.FLOAT, 3), WIDTH, WIDTH, false);
            try (Optimizer optimizer = Sgd.builder(0.1).build(model.parameterList(), root);
                    Gradients gradients = optimizer.duringBackward(root)) {
                try (TensorScope scope = root.child();
                        Tape tape = Tape.builder(scope).gradients(gradients).build()) {
                    tape.backward(loss(tape, scope, model, 1));
                }
                double[] updated = model.parameterList().get(0).value().toDoubles();
                try (TensorScope scope = root.child();
                        Tape tape = Tape.builder(scope).gradients(gradients).build()) {
                    assertThatThrownBy(() -> tape.backward(loss(tape, scope, model, 2)))
                            .isInstanceOf(IllegalStateException.class)
                            .hasMessageContaining("give each backward gradients of its own");
                }
                assertThat(model.parameterList().get(0).value().toDoubles()).isEqualTo(updated);
            }
        }
    }

    @Test
    void noRoomForStateChangesNothing() {
        try (Engine engine = Engine.builder().memoryBudgetBytes(16_000).build();
                TensorScope root = engine.scope("")) {
            Module model = new Tied(new ParameterFactory(root, DType.FLOAT, 3));
            try (Optimizer optimizer = AdamW.builder(0.1).build(model.parameterList(), root)) {
                assertThatThrownBy(() -> optimizer.duringBackward(root)).isInstanceOf(MemoryBudgetException.class);
            }
        }
    }
}
