package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;

import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * A call that overwrites its argument where nobody else holds it, and copies where somebody does: first run and replay may
 * differ in that, and in nothing else.
 */
class InPlaceCallTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");

    @AfterEach
    void close() {
        engine.close();
    }

    @Test
    void anOverwrittenArgumentIsTheResult() {
        Module scale = new Activation(x -> Ops.scale(x, -2, 1));
        Module leaky = LeakyRelu.inPlace(0.5);
        assertSame(Checkpoint.checkpoint(leaky), leaky, scale);
        Module two = new Sequential(leaky, scale);
        assertSame(Checkpoint.checkpoint(two), two, scale);
        assertSame(
                Checkpoint.checkpoint(new Sequential(Checkpoint.checkpoint(leaky), scale, leaky)),
                new Sequential(leaky, scale, leaky),
                scale);
    }

    private void assertSame(Module arranged, Module plain, Module before) {
        double[] gradient = gradient(arranged, before);
        assertThat(gradient).isEqualTo(gradient(plain, before)).doesNotContain(0);
    }

    private double[] gradient(Module model, Module before) {
        try (Tape tape = Tape.training(root, 1)) {
            Variable x = tape.leaf(root.allocate(Shape.of(4), DType.DOUBLE).set(-1, 2, 3, -4));
            tape.backward(Ops.sum(new Sequential(before, model).call(x))).close();
            return tape.gradient(x).toDoubles();
        }
    }
}
