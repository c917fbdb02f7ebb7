package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.Dropout;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A part of a model that behaves otherwise holds a checkpoint, whose replay begins where it never entered the part. */
class PartInAReplayTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final BatchNorm norm = new BatchNorm(new ParameterFactory(root, DType.DOUBLE, 1), 3);

    @AfterEach
    void close() {
        engine.close();
    }

    private Map<String, double[]> gradients(Module part, boolean frozen) {
        Tensor x = root.allocate(Shape.of(4, 3), DType.DOUBLE);
        x.set(new SplittableRandom(1).doubles(x.elements(), -1, 1).toArray());
        norm.statistics().mean().set(1, 2, 3);
        var builder = Tape.builder(root).seed(1);
        try (Tape tape = (frozen ? builder.frozenStatistics(part) : builder.evaluating(part)).build()) {
            Variable y = part.call(tape.constant(x));
            try (Gradients gradients = tape.backward(Ops.sum(Ops.square(y)))) {
                assertThat(norm.statistics().mean().toDoubles()).containsExactly(1, 2, 3);
                return GradientComparison.snapshot(gradients);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void theReplayBehavesAsTheFirstRun(boolean frozen) {
        Module body = new Sequential(norm, Activation.tanh(), new Dropout(0.5));
        Map<String, double[]> plain = gradients(new Sequential(body), frozen);
        Map<String, double[]> replayed = gradients(new Sequential(Checkpoint.checkpoint(body)), frozen);
        assertThat(replayed.keySet()).isEqualTo(plain.keySet()).hasSize(2);
        plain.forEach((name, values) -> assertThat(replayed.get(name)).as(name).isEqualTo(values));
    }
}
