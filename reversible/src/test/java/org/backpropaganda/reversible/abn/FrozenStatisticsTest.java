package org.backpropaganda.reversible.abn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.check.GradientComparison;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.AdditiveCoupling;
import org.backpropaganda.reversible.ReversibleSequence;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** In-place norms whose statistics are frozen, in a sequence that reconstructs. */
class FrozenStatisticsTest {
    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope root = engine.scope("");
    private final ParameterFactory factory = new ParameterFactory(root, DType.DOUBLE, 1);
    private final BatchNorm norm = new BatchNorm(factory, 3);
    private final Module line = new Linear(factory, 3, 3, false);
    private final Module other = new Linear(factory, 3, 3, false);

    @AfterEach
    void close() {
        engine.close();
    }

    private Tensor input(long seed) {
        Tensor x = root.allocate(Shape.of(4, 3), DType.DOUBLE);
        return x.set(new SplittableRandom(seed).doubles(x.elements(), -1, 1).toArray());
    }

    private Map<String, double[]> gradients(Module model) {
        norm.statistics().mean().set(1, 2, 3);
        norm.statistics().variance().set(4, 1, 0.25);
        try (Tape tape = Tape.builder(root).seed(1).frozenStatistics(model).build()) {
            List<Variable> y = model.call(List.of(tape.constant(input(1)), tape.constant(input(2))));
            Variable loss = Ops.sum(Ops.square(Ops.plus(y.get(0), Ops.times(2, y.get(1)))));
            try (Gradients gradients = tape.backward(loss)) {
                assertThat(norm.statistics().mean().toDoubles()).containsExactly(1, 2, 3);
                return GradientComparison.snapshot(gradients);
            }
        }
    }

    @Test
    void theyAreThoseOfTheStoringPair() {
        LeakyRelu activation = LeakyRelu.inPlace(0.1);
        Module pair = new Sequential(line, norm, activation);
        Module fused = new Sequential(line, InPlaceAbn.fusing(norm, activation));
        Map<String, double[]> plain = gradients(new Sequential(new AdditiveCoupling(pair, other)));
        Map<String, double[]> reversible =
                gradients(new ReversibleSequence(List.of(new AdditiveCoupling(fused, other))));
        assertThat(reversible.keySet()).isEqualTo(plain.keySet()).hasSize(4);
        plain.forEach(
                (name, values) -> assertThat(reversible.get(name)).as(name).containsExactly(values, within(1e-12)));
    }
}
