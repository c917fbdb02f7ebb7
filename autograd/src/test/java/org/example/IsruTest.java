package org.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class IsruTest extends OpContract {
    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Isru(1), in()),
                OpCase.of(new Isru(0.5), in(2, 3, 5)),
                OpCase.of(new Isru(3), in(8).within(-20, 20)).named("saturated"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Isru(1), spec(2), spec(2)), Refusal.of(new Isru(1), spec(DType.INT, 4)));
    }

    /** 1 / √4 and 4^(−3/2). */
    @Test
    void golden() {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope scope = engine.scope("");
                Tape tape = Tape.training(scope, 0)) {
            Parameter one = new Parameter(scope.allocate(Shape.scalar(), DType.DOUBLE, MemoryKind.PARAMETER)
                    .set(1));
            Variable y = Isru.isru(tape.parameter(one), 3);
            assertThat(y.value().item()).isCloseTo(0.5, within(1e-15));
            try (Gradients gradients = tape.backward(y)) {
                assertThat(gradients.of(one).item()).isCloseTo(0.125, within(1e-15));
            }
        }
    }
}
