package org.backpropaganda.checkpointing.recompute;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeObserver;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.optim.GradientClip;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.RoundingCodec;
import org.backpropaganda.checkpointing.Checkpoint;
import org.junit.jupiter.api.Test;

/** Eviction and what else a tape does. */
class EvictorTest {
    private static final int WIDTH = 16;
    private static final Shape BATCH = Shape.of(64, WIDTH);

    private static Module block(ParameterFactory factory) {
        return new Residual(new Sequential(
                new Linear(factory, WIDTH, WIDTH, true),
                new BatchNorm(factory, WIDTH),
                Activation.tanh(),
                new Dropout(0.2)));
    }

    private static Module model(ParameterFactory factory) {
        List<Module> blocks = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            blocks.add(i == 3 || i == 6 ? Checkpoint.checkpoint(block(factory)) : block(factory));
        }
        return new Sequential(blocks);
    }

    /** What is done with a loss on a tape. */
    private interface Use {
        void of(Tape tape, Variable x, Variable loss, Module model, Map<String, double[]> told);
    }

    /** A step in a part of the bytes that the same step takes without eviction, held to it bit for bit. */
    private static EvictionReport assertAsPlain(double part, Use use) {
        Map<String, double[]> plain = new LinkedHashMap<>();
        long peak;
        try (Engine engine = Engine.builder().threads(1).build()) {
            step(engine, SavedTensorPolicy.keep(), use, plain);
            peak = engine.ledger().peakBytes();
        }
        Evictor evictor = new Evictor();
        long budget = (long) (part * peak);
        Map<String, double[]> told = new LinkedHashMap<>();
        try (Engine engine =
                Engine.builder().threads(1).memoryBudgetBytes(budget).build()) {
            step(engine, evictor.policy(), use, told);
            assertThat(engine.ledger().peakBytes()).isLessThanOrEqualTo(budget);
            assertThat(engine.ledger().liveBytes()).isZero();
        }
        assertThat(told.keySet()).isEqualTo(plain.keySet());
        plain.forEach((name, values) -> assertThat(told.get(name)).as(name).containsExactly(values));
        assertThat(evictor.report().rematerializations()).isPositive();
        return evictor.report();
    }

    private static void step(Engine engine, SavedTensorPolicy policy, Use use, Map<String, double[]> told) {
        try (TensorScope scope = engine.scope("");
                TensorScope inner = scope.child()) {
            Module model = model(new ParameterFactory(scope, DType.FLOAT, 1));
            try (Tape tape = Tape.builder(inner).seed(3).policy(policy).build()) {
                Variable x = tape.leaf(input(inner));
                use.of(tape, x, loss(model, x), model, told);
                model.buffers().forEach((name, buffer) -> told.put(name, buffer.toDoubles()));
            }
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
    }

    static Tensor input(TensorScope scope) {
        SplittableRandom random = new SplittableRandom(2);
        return scope.allocate(BATCH, DType.FLOAT, MemoryKind.INPUT).fill(() -> random.nextDouble(-1, 1));
    }

    private static Variable loss(Module model, Variable x) {
        Variable y = model.call(x);
        Variable square = Multiply.multiply(y, y);
        y.release();
        Variable loss = Sum.sum(square);
        square.release();
        return loss;
    }

    private static void tell(String when, Gradients gradients, Map<String, double[]> told) {
        gradients.forEach((parameter, gradient) -> told.put(when + " " + parameter.path(), gradient.toDoubles()));
    }

    @Test
    void aStepWithCheckpointsDropoutAndBatchNorms() {
        assertAsPlain(0.5, (tape, x, loss, model, told) -> {
            try (Gradients gradients = tape.backward(loss)) {
                tell("", gradients, told);
                told.put("x", tape.gradient(x).toDoubles());
            }
        });
    }

    @Test
    void aTapeThatIsDifferentiatedTwice() {
        assertAsPlain(0.6, (tape, x, loss, model, told) -> {
            try (Gradients gradients = tape.backwardRetaining(loss)) {
                tell("first", gradients, told);
                gradients.clear();
                tape.backwardRetaining(loss);
                tell("second", gradients, told);
                gradients.clear();
                tape.backward(loss);
                tell("third", gradients, told);
            }
        });
    }

    @Test
    void gradientsOfGradients() {
        assertAsPlain(0.95, (tape, x, loss, model, told) -> {
            Variable dx = tape.differentiate(loss, x).get(0);
            try (Gradients gradients = tape.backward(Sum.sum(Multiply.multiply(dx, dx)))) {
                tell("", gradients, told);
            }
        });
    }

    /** Weights change as soon as nothing recorded reads them, and no recipe does then. */
    @Test
    void updatesDuringBackward() {
        long[] peaks = new long[2];
        List<double[][]> weights = new ArrayList<>();
        for (boolean evicting : new boolean[] {false, true}) {
            Evictor evictor = new Evictor();
            Engine.Builder builder = Engine.builder().threads(1);
            if (evicting) {
                builder.memoryBudgetBytes(peaks[0] / 2);
            }
            try (Engine engine = builder.build();
                    TensorScope scope = engine.scope("")) {
                Module model = model(new ParameterFactory(scope, DType.FLOAT, 1));
                try (Optimizer optimizer = Sgd.builder(0.1).build(model.parameterList(), scope)) {
                    for (int i = 0; i < 3; i++) {
                        try (TensorScope inner = scope.child();
                                Gradients gradients = optimizer.duringBackward(inner, GradientClip.none());
                                Tape tape = Tape.builder(inner)
                                        .seed(i)
                                        .policy(evictor.policy())
                                        .gradients(gradients)
                                        .build()) {
                            tape.backward(loss(model, tape.constant(input(inner))));
                        }
                    }
                }
                weights.add(model.parameterList().stream()
                        .map(parameter -> parameter.value().toDoubles())
                        .toArray(double[][]::new));
                peaks[evicting ? 1 : 0] = engine.ledger().peakBytes();
            }
            assertThat(evictor.report().evictions() > 0).isEqualTo(evicting);
        }
        assertThat(weights.get(1)).isDeepEqualTo(weights.get(0));
        assertThat(peaks[1]).isLessThanOrEqualTo(peaks[0] / 2);
    }

    /** Where a step fails, in the middle of backward or of computing again, nothing is left, and the engine stays usable. */
    @Test
    void aStepThatFails() {
        Evictor evictor = new Evictor();
        long budget = plainPeak() / 2;
        try (Engine engine =
                        Engine.builder().threads(1).memoryBudgetBytes(budget).build();
                TensorScope scope = engine.scope("")) {
            Module model = model(new ParameterFactory(scope, DType.FLOAT, 1));
            long live = engine.ledger().liveBytes();
            for (int failing = 0; failing < 60; failing++) {
                Failing observer = new Failing(failing);
                try (TensorScope inner = scope.child();
                        Tape tape = Tape.builder(inner)
                                .policy(evictor.policy())
                                .observer(observer)
                                .build()) {
                    Variable x = tape.leaf(input(inner));
                    assertThatIllegalStateException()
                            .isThrownBy(() -> tape.backward(loss(model, x)))
                            .withMessage("failed on purpose");
                }
                assertThat(engine.ledger().liveBytes()).isEqualTo(live);
            }
            assertThat(evictor.report().rematerializations()).isPositive();
            assertThatExceptionOfType(MemoryBudgetException.class)
                    .as("nobody is asked any more")
                    .isThrownBy(() -> scope.allocate(Shape.of(budget), DType.BYTE))
                    .withMessageNotContaining("saved tensors");
        }
    }

    private static long plainPeak() {
        try (Engine engine = Engine.builder().threads(1).build()) {
            step(
                    engine,
                    SavedTensorPolicy.keep(),
                    (tape, x, loss, model, told) -> tape.backward(loss).close(),
                    new LinkedHashMap<>());
            return engine.ledger().peakBytes();
        }
    }

    private static final class Failing implements TapeObserver {
        private int left;

        Failing(int left) {
            this.left = left;
        }

        @Override
        public void output(String op, String path, Tensor output, boolean replay) {
            count();
        }

        @Override
        public void gradient(String op, String path, Tensor gradient) {
            count();
        }

        private void count() {
            if (left-- == 0) {
                throw new IllegalStateException("failed on purpose");
            }
        }
    }

    /** A tensor that was modified would come back as it was: it stays, and reading it is refused as ever. */
    @Test
    void whatWasModifiedIsRefused() {
        Evictor evictor = new Evictor();
        try (Engine engine =
                        Engine.builder().threads(1).memoryBudgetBytes(10_000).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.builder(scope).policy(evictor.policy()).build()) {
            Variable x = tape.leaf(scope.allocate(Shape.of(100), DType.FLOAT).fill(1));
            Variable first = Tanh.tanh(x);
            Variable second = Tanh.tanh(first);
            second.value().fill(2);
            Variable loss = Sum.sum(second);
            first.release();
            second.release();
            assertThatExceptionOfType(MemoryBudgetException.class)
                    .isThrownBy(() -> scope.allocate(Shape.of(10_000), DType.BYTE))
                    .withMessageContaining(
                            "of saved tensors that can be computed again 1 of 400 bytes are in use and cannot be evicted");
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessage(
                            "tanh backward: saved output FLOAT[100] is at version 1, saved at 0: modified in place by fill");
        }
    }

    /** h of two tensors of which one takes a product of matrices to compute, and of a large and a small one. */
    @Test
    void theCheapestByteGoesFirst() {
        Evictor evictor = new Evictor();
        try (Engine engine =
                        Engine.builder().threads(1).memoryBudgetBytes(1 << 20).build();
                TensorScope scope = engine.scope("")) {
            Module linear = new Linear(new ParameterFactory(scope, DType.FLOAT, 1), 64, 64, false);
            try (Tape tape = Tape.builder(scope).policy(evictor.policy()).build()) {
                Variable x =
                        tape.leaf(scope.allocate(Shape.of(8, 64), DType.FLOAT).fill(0.5));
                Variable base = Tanh.tanh(x);
                Variable product = linear.call(base);
                Variable cheap = Add.add(base, base);
                Variable a = Multiply.multiply(product, product);
                Variable b = Multiply.multiply(cheap, cheap);
                product.release();
                cheap.release();
                long live = engine.ledger().liveBytes();
                try (TensorScope other = engine.scope("")) {
                    other.allocate(Shape.of((1 << 20) - live + 1), DType.BYTE);
                }
                assertThat(evictor.report().evictions()).isOne();
                tape.backward(Sum.sum(Add.add(a, b))).close();
                assertThat(evictor.report())
                        .as("the sum was evicted, not the product")
                        .isEqualTo(new EvictionReport(1, 2048, 1, 1, 0));
            }
        }
    }

    /** What another policy packs is its own; what it keeps may go; without a budget all is kept. */
    @Test
    void anotherPolicyDecidesFirst() {
        Evictor evictor = new Evictor();
        SavedTensorCodec rounding = new RoundingCodec();
        SavedTensorPolicy both =
                evictor.over(saving -> saving.op().equals("multiply") ? rounding : SavedTensorCodec.keep());
        for (long budget : new long[] {Long.MAX_VALUE, 1 << 20}) {
            List<String> chosen = new ArrayList<>();
            try (Engine engine = Engine.builder()
                            .threads(1)
                            .memoryBudgetBytes(budget)
                            .build();
                    TensorScope scope = engine.scope("");
                    Tape tape = Tape.builder(scope)
                            .policy(saving -> {
                                SavedTensorCodec codec = both.choose(saving);
                                chosen.add(saving.op() + " " + codec.name());
                                return codec;
                            })
                            .build()) {
                Variable x = tape.leaf(scope.allocate(Shape.of(3), DType.DOUBLE).fill(1));
                Variable y = Tanh.tanh(Multiply.multiply(x, x));
                Tanh.tanh(y);
            }
            String last = budget == Long.MAX_VALUE ? "tanh keep" : "tanh evict";
            assertThat(chosen)
                    .containsExactly("multiply " + rounding.name(), "multiply " + rounding.name(), "tanh keep", last);
        }
    }
}
