package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.Test;

class TraceTest {

    /** y = w x with w = 2 in forward and 5 in backward: dy/dx, which is 2. */
    private static double gradient(boolean stale) {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            Linear line = new Linear(new ParameterFactory(root, DType.DOUBLE, 1), 1, 1, false);
            line.weight().value().fill(2);
            try (Tape tape = Tape.training(root, 1)) {
                Variable x =
                        tape.leaf(root.allocate(Shape.of(1, 1), DType.DOUBLE).fill(3));
                Variable loss = Sum.sum(new Recomputed(new Sequential(line), stale).call(x));
                line.weight().value().fill(5);
                tape.backward(loss).close();
                return tape.gradient(x).item();
            }
        }
    }

    @Test
    void onlyWhoSaysSoComputesAgainWithNewerWeights() {
        assertThat(gradient(true)).isEqualTo(5);
        assertThatThrownBy(() -> gradient(false))
                .hasMessageContaining("recomputed replay in 0 differs from the first run")
                .hasMessageContaining("is at version");
    }
}
