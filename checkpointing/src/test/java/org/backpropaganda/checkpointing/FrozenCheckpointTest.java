package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Checkpoints over modules that are frozen, in part or whole. */
class FrozenCheckpointTest {
    private static final int BATCH = 4;
    private static final int WIDTH = 8;
    private static final int BLOCKS = 3;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    private Sequential blocks(boolean checkpointed) {
        ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 3);
        Module[] links = new Module[BLOCKS];
        for (int i = 0; i < BLOCKS; i++) {
            Module block = new Sequential(
                    new Linear(factory, WIDTH, WIDTH, true),
                    Activation.relu(),
                    new Linear(factory, WIDTH, WIDTH, true));
            links[i] = checkpointed ? Checkpoint.checkpoint(block) : block;
        }
        return new Sequential(links);
    }

    private static Variable loss(Module model, Tape tape, TensorScope scope) {
        double[] values = new double[BATCH * WIDTH];
        for (int i = 0; i < values.length; i++) {
            values[i] = Math.sin(i);
        }
        Tensor x = scope.allocate(Shape.of(BATCH, WIDTH), DType.FLOAT, MemoryKind.INPUT);
        return Sum.sum(model.call(tape.constant(x.set(values))));
    }

    private record Step(long savedBytes, Map<String, double[]> gradients) {}

    private Step step(Module model) {
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            Variable loss = loss(model, tape, scope);
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
            return new Step(saved, found);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void aFrozenBlockHasTheGradientsOfPlain(int frozen) {
        assertGradientsOfPlain(List.of(frozen + ""), frozen + "");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0", "1.0", "1.2", "2.2"})
    void aFrozenLayerHasTheGradientsOfPlain(String frozen) {
        assertGradientsOfPlain(List.of(frozen.split("\\.", -1)), frozen);
    }

    private void assertGradientsOfPlain(List<String> path, String name) {
        Sequential plain = blocks(false);
        Sequential checkpointed = blocks(true);
        for (Module model : List.of(plain, checkpointed)) {
            Module part = model;
            for (String step : path) {
                part = part.children().containsKey("") ? part.children().get("") : part;
                part = part.children().get(step);
            }
            assertThat(part.freeze()).isNotEmpty();
        }
        Step expected = step(plain);
        Step actual = step(checkpointed);
        assertThat(expected.gradients().keySet()).noneMatch(key -> key.startsWith(name + "."));
        assertThat(actual.gradients()).containsOnlyKeys(expected.gradients().keySet());
        expected.gradients()
                .forEach((key, gradient) ->
                        assertThat(actual.gradients().get(key)).as(key).containsExactly(gradient));
    }

    /** A block before the first trainable one keeps nothing; every other keeps its input. */
    @Test
    void whatIsFrozenToTheInputKeepsNothing() {
        Sequential model = blocks(true);
        long input = 4L * BATCH * WIDTH;
        assertThat(step(model).savedBytes()).isEqualTo(2 * input);
        model.children().get("0").freeze();
        assertThat(step(model).savedBytes()).isEqualTo(2 * input);
        model.children().get("1").freeze();
        assertThat(step(model).savedBytes()).isEqualTo(input);
        model.freeze();
        assertThat(step(model).savedBytes()).isZero();
    }

    @Test
    void freezingBetweenForwardAndBackwardIsRefused() {
        Sequential model = blocks(true);
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            Variable loss = loss(model, tape, scope);
            model.children().get("1").freeze();
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessage("checkpoint backward in 1: parameter 1.0.weight FLOAT[8, 8] was frozen between"
                            + " forward and backward; do that between steps");
        }
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        try (TensorScope scope = root.child();
                Tape tape = Tape.training(scope, 1)) {
            Variable loss = loss(model, tape, scope);
            model.children().get("1").unfreeze();
            assertThatIllegalStateException()
                    .isThrownBy(() -> tape.backward(loss))
                    .withMessageContaining("was unfrozen between forward and backward");
        }
        assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
    }
}
