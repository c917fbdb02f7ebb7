package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Residual;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.nn.UnaryModule;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Checkpoints inside checkpoints, on a thread with the stack that it gets by default. */
class DeepNestingTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        root.close();
        engine.close();
    }

    private double gradient(Module model) {
        try (TensorScope step = root.child();
                Tape tape = Tape.training(step, 1)) {
            Variable x = tape.leaf(step.allocate(Shape.of(1, 1), DType.DOUBLE).fill(1));
            try (Gradients gradients = tape.backward(Sum.sum(model.call(x)))) {
                assertThat(gradients.of(model.parameterList().get(0))).isNotNull();
            }
            return tape.gradient(x).item();
        }
    }

    private Linear line() {
        Linear line = new Linear(new ParameterFactory(root, DType.DOUBLE, 1), 1, 1, false);
        line.weight().value().fill(3);
        return line;
    }

    @Test
    void directlyNestedOnesAreOne() {
        Module model = line();
        for (int i = 0; i < 100_000; i++) {
            model = Checkpoint.checkpoint(model);
        }
        assertThat(gradient(model)).isEqualTo(3);
    }

    /** A checkpoint of a sequence of a checkpoint, and so on. */
    private Module nested(int levels) {
        Module model = line();
        for (int i = 0; i < levels; i++) {
            model = Checkpoint.checkpoint(new Sequential(model));
        }
        return model;
    }

    @Test
    void fiveHundredLevelsWork() {
        assertThat(gradient(nested(500))).isEqualTo(3);
    }

    @Test
    void residualBlocksNestAsDeep() {
        Module model = line();
        for (int i = 0; i < 500; i++) {
            model = Checkpoint.checkpoint(new Residual(model));
        }
        assertThat(gradient(model)).isEqualTo(3 + 500);
    }

    @Test
    void deeperEndsInASentence() {
        assertThatThrownBy(() -> nested(600))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("1024 modules inside one another already");
        UnaryModule endless = new UnaryModule() {
            @Override
            protected Variable forward(Variable x) {
                return call(x);
            }
        };
        assertThatThrownBy(() -> gradient(endless))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("1024 calls inside one another");
    }
}
