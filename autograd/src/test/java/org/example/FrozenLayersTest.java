package org.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.check.GradientCheck;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.StepFigures;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A user freezes parts of a model by a call, and they cost what they have to and no more. */
class FrozenLayersTest {
    private static final int BATCH = 16;
    private static final int INPUTS = 3;
    private static final int HIDDEN = 8;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
    private final Linear first = new Linear(factory, INPUTS, HIDDEN, true);
    private final Linear second = new Linear(factory, HIDDEN, 2, true);
    private final Sequential model = model(first, second);

    @AfterEach
    void close() {
        engine.close();
    }

    private static Sequential model(Module first, Module second) {
        Map<String, Module> links = new LinkedHashMap<>();
        links.put("first", first);
        links.put("relu", Activation.relu());
        links.put("second", second);
        return new Sequential(links);
    }

    private static Tensor input(TensorScope scope) {
        double[] values = new double[BATCH * INPUTS];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.sin(i);
        }
        return scope.allocate(Shape.of(BATCH, INPUTS), DType.DOUBLE, MemoryKind.INPUT)
                .set(values);
    }

    /** What a step held for backward, and the gradients by name. */
    private record Step(long savedBytes, long gradientBytes, Map<String, double[]> gradients) {}

    private Step step() {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            engine.resetPeaks();
            Variable loss = Sum.sum(model.call(tape.constant(input(scope))));
            long saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
            Map<String, double[]> found = new LinkedHashMap<>();
            if (loss.requiresGradient()) {
                Gradients gradients = tape.backward(loss);
                model.parameters().forEach((name, parameter) -> {
                    Tensor gradient = gradients.of(parameter);
                    if (gradient != null) {
                        found.put(name, gradient.toDoubles());
                    }
                });
            }
            return new Step(saved, engine.ledger().peakBytes(MemoryKind.GRADIENT), found);
        }
    }

    private static void assertSame(Map<String, double[]> actual, Map<String, double[]> expected, String... names) {
        assertThat(actual).containsOnlyKeys(names);
        actual.forEach((name, gradient) -> assertThat(gradient).as(name).containsExactly(expected.get(name)));
    }

    @Test
    void namesWhatItFroze() {
        assertThat(first.freeze()).containsExactly("weight", "bias");
        assertThat(model.freeze()).containsExactly("second.weight", "second.bias");
        assertThat(model.freeze()).isEmpty();
        assertThat(model.trainableParameters()).isEmpty();
        assertThat(second.unfreeze()).containsExactly("weight", "bias");
        assertThat(model.trainableParameters()).containsExactlyElementsOf(second.parameterList());
        assertThat(model.unfreeze()).containsExactly("first.weight", "first.bias");
        assertThat(model.trainableParameters()).containsExactlyElementsOf(model.parameterList());
        assertThat(model.parameters()).hasSize(4);
    }

    /**
     * Nothing before the first trainable layer is kept, and a ReLU before a frozen one keeps a bit a number where the layer's
     * input is not needed for its weight.
     */
    @Test
    void keepsWhatTheRestNeeds() {
        long numbers = (long) BATCH * HIDDEN;
        long weights = 8L * (INPUTS * HIDDEN + HIDDEN);
        long heads = 8L * (HIDDEN * 2 + 2);
        Step whole = step();
        assertThat(whole.savedBytes()).isEqualTo(8 * numbers + numbers / 8);
        assertThat(whole.gradientBytes()).isEqualTo(weights + heads);

        first.freeze();
        Step head = step();
        assertThat(head.savedBytes()).isEqualTo(8 * numbers);
        assertThat(head.gradientBytes()).isEqualTo(heads);
        assertSame(head.gradients(), whole.gradients(), "second.weight", "second.bias");

        first.unfreeze();
        second.freeze();
        Step stem = step();
        assertThat(stem.savedBytes()).isEqualTo(numbers / 8);
        assertThat(stem.gradientBytes()).isEqualTo(weights);
        assertSame(stem.gradients(), whole.gradients(), "first.weight", "first.bias");

        first.freeze();
        Step none = step();
        assertThat(none.savedBytes()).isZero();
        assertThat(none.gradientBytes()).isZero();
        assertThat(none.gradients()).isEmpty();

        model.unfreeze();
        Step again = step();
        assertThat(again.savedBytes()).isEqualTo(whole.savedBytes());
        assertSame(
                again.gradients(), whole.gradients(), whole.gradients().keySet().toArray(String[]::new));
    }

    @Test
    void summariesKnow() {
        for (Module frozen : List.of(first, second)) {
            frozen.freeze();
            assertThat(StepFigures.predicted(model.summary(new TensorSpec(Shape.of(BATCH, INPUTS), DType.DOUBLE))))
                    .isEqualTo(StepFigures.measured(model, List.of(input(root))));
            frozen.unfreeze();
        }
    }

    @Test
    void gradientChecksPassThemOver() {
        second.freeze();
        assertThat(GradientCheck.seeded(1).check(model, input(root)).orThrow().entries())
                .hasSize(3);
    }

    @Test
    void aTiedParameterIsFrozenEverywhere() {
        Linear square = new Linear(factory, INPUTS, INPUTS, false);
        Sequential tied = model(square, square);
        square.freeze();
        assertThat(tied.trainableParameters()).isEmpty();
        try (Tape tape = Tape.training(root, 1)) {
            assertThat(tied.call(tape.constant(input(root))).requiresGradient()).isFalse();
        }
    }

    /** Gradients that gathered before are not applied, and state is neither made nor moved. */
    @Test
    void optimizersPassThemOver() {
        Optimizer optimizer = Sgd.builder(0.5).momentum(0.9).build(model.parameterList(), root);
        double[] before = first.weight().value().toDoubles();
        double[] other = second.weight().value().toDoubles();
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1);
                Gradients gradients = tape.backward(Sum.sum(model.call(tape.constant(input(scope)))))) {
            first.freeze();
            assertThat(gradients.of(first.weight())).isNotNull();
            optimizer.step(gradients);
        }
        assertThat(first.weight().value().toDoubles()).containsExactly(before);
        assertThat(second.weight().value().toDoubles()).isNotEqualTo(other);
        assertThat(optimizer.stateBytes()).isEqualTo(8L * (HIDDEN * 2 + 2));
        first.unfreeze();
        first.weight().freeze();
        try (TensorScope scope = root.child();
                Gradients gradients = optimizer.duringBackward(scope);
                Tape tape = Tape.builder(scope).gradients(gradients).build()) {
            tape.backward(Sum.sum(model.call(tape.constant(input(scope)))));
        }
        assertThat(first.weight().value().toDoubles()).containsExactly(before);
        assertThat(optimizer.stateBytes()).isEqualTo(8L * (HIDDEN + HIDDEN * 2 + 2));
    }

    /** A tape goes on as it began: what it has read keeps its gradient. */
    @Test
    void aPlainTapeGoesOnAsItBegan() {
        Step whole = step();
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            Variable loss = Sum.sum(model.call(tape.constant(input(scope))));
            model.freeze();
            Gradients gradients = tape.backward(loss);
            for (Map.Entry<String, Parameter> entry : model.parameters().entrySet()) {
                assertThat(gradients.of(entry.getValue()).toDoubles())
                        .containsExactly(whole.gradients().get(entry.getKey()));
            }
        }
    }
}
