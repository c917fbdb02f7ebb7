package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Running statistics move once, when forward has passed their layer, whatever becomes of the step. */
class EffectsTest {
    /** Of a batch of mean 2 after one step of momentum 0.1. */
    private static final double MOVED = 0.2;

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
    private final BatchNorm norm = new BatchNorm(factory, 1);
    private final BatchNorm later = new BatchNorm(factory, 1);

    @AfterEach
    void close() {
        root.close();
        engine.close();
    }

    private static UnaryOperator<Module> arrangement(boolean checkpointed) {
        return checkpointed ? Checkpoint::checkpoint : module -> module;
    }

    private Variable input(Tape tape, TensorScope step) {
        return tape.leaf(step.allocate(Shape.of(2, 1), DType.DOUBLE).set(1, 3));
    }

    private double mean(BatchNorm of) {
        return of.statistics().mean().item();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aForwardThatFailsHasMovedThoseThatItPassed(boolean checkpointed) {
        Module model = arrangement(checkpointed)
                .apply(new Sequential(
                        norm,
                        new Activation(x -> {
                            throw new IllegalStateException("refused");
                        }),
                        later));
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 1)) {
            assertThatThrownBy(() -> model.call(input(tape, step))).hasMessage("refused");
        }
        assertThat(mean(norm)).isEqualTo(MOVED);
        assertThat(mean(later)).isZero();
    }

    /** Nothing can be put away for backward any more: the layer itself fails. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aLayerThatFailsHasMovedNothing(boolean checkpointed) {
        SavedTensorPolicy full = saving -> {
            throw new IllegalStateException("no room");
        };
        Module model = arrangement(checkpointed).apply(norm);
        try (TensorScope step = root.child();
                Tape tape = Tape.builder(step).policy(full).build()) {
            assertThatThrownBy(() -> model.call(input(tape, step))).hasMessage("no room");
        }
        assertThat(mean(norm)).isZero();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aBackwardThatFailsHasMovedThemOnce(boolean checkpointed) {
        Linear line = new Linear(factory, 1, 1, true);
        Module model = arrangement(checkpointed).apply(new Sequential(List.of(norm, line)));
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 1)) {
            Variable loss = Sum.sum(model.call(input(tape, step)));
            line.weight().value().fill(5);
            assertThatThrownBy(() -> tape.backward(loss)).hasMessageContaining("modified in place by fill");
        }
        assertThat(mean(norm)).isEqualTo(MOVED);
    }
}
