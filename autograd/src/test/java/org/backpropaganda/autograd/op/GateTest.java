package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.bits;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class GateTest extends OpContract {

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(new Gate(true), in(), bits()),
                OpCase.of(new Gate(false), in(3, 5), bits(3, 5)),
                OpCase.of(new Gate(true), in(4099), bits(4099)).named("several pieces of bits"));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(new Gate(true), spec(2)),
                Refusal.of(new Gate(true), spec(2), spec(2)),
                Refusal.of(new Gate(true), spec(2), spec(DType.BIT, 3)));
    }

    @ParameterizedTest
    @EnumSource(names = {"FLOAT", "DOUBLE"})
    void passesWhereTheBitIsAsAsked(DType dtype) {
        try (TensorScope scope = engine().scope("gate");
                Tape tape = Tape.inference(scope)) {
            Variable x = tape.constant(scope.allocate(Shape.of(3), dtype).set(-1.0, 0, 2));
            Variable signs = Gate.positive(x);
            assertThat(Gate.where(signs, x).value().toDoubles()).containsExactly(0, 0, 2);
            assertThat(Gate.whereNot(signs, x).value().toDoubles()).containsExactly(-1, 0, 0);
        }
    }
}
