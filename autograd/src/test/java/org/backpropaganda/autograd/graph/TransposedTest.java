package org.backpropaganda.autograd.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Input.labels;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.op.AdaptiveAvgPool2d;
import org.backpropaganda.autograd.op.AvgPool2d;
import org.backpropaganda.autograd.op.Embedding;
import org.backpropaganda.autograd.op.Gather;
import org.backpropaganda.autograd.op.IndexSelect;
import org.backpropaganda.autograd.op.Rotary;
import org.backpropaganda.autograd.op.UpsampleBilinear;
import org.backpropaganda.autograd.op.UpsampleNearest;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;
import org.junit.jupiter.api.Test;

class TransposedTest extends OpContract {

    private static Transposed of(LinearOp op, long... x) {
        return new Transposed(op, Shape.of(x));
    }

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(
                OpCase.of(of(new AvgPool2d(Window.square(3, 2, 1), false), 2, 5, 4, 3), in(2, 3, 2, 3)),
                OpCase.of(of(new AdaptiveAvgPool2d(2, 3), 2, 5, 4, 3), in(2, 2, 3, 3)),
                OpCase.of(of(new UpsampleNearest(2), 2, 2, 3, 2), in(2, 4, 6, 2)),
                OpCase.of(of(new UpsampleBilinear(3, 5, false), 2, 2, 3, 2), in(2, 3, 5, 2)),
                OpCase.of(of(new Rotary(2, 100), 2, 3, 8), in(2, 3, 8)),
                OpCase.of(of(new IndexSelect(1, List.of(2L, 0L, 2L)), 2, 3), in(2, 3)),
                OpCase.of(of(new Embedding(), 5, 3), in(2, 4, 3), labels(5, 2, 4)),
                OpCase.of(of(new Gather(1), 2, 4, 2), in(2, 3, 2), labels(4, 2, 3, 2)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(
                Refusal.of(of(new UpsampleNearest(2), 2, 2, 3, 2), spec(2, 4, 5, 2)),
                Refusal.of(of(new UpsampleNearest(2), 2, 2, 3, 2), spec(2, 4, 6, 2), spec(1)),
                Refusal.of(of(new UpsampleNearest(2), 2, 3), spec(2, 6)),
                Refusal.of(of(new Gather(1), 2, 4), spec(2, 3)));
    }

    /** Row 0 was read twice, row 1 never. */
    @Test
    void addsUpWhatReadTheSame() {
        try (TensorScope scope = engine().scope("transposed");
                Tape tape = Tape.inference(scope)) {
            Variable dy =
                    tape.constant(scope.allocate(Shape.of(3, 1), DType.DOUBLE).set(1, 10, 100));
            LinearOp rows = new IndexSelect(0, List.of(0L, 2L, 0L));
            Variable dx = Transposed.transposed(rows, Shape.of(3, 1), dy, List.of());
            assertThat(dx.value().toDoubles()).containsExactly(101, 0, 10);
            assertThat(dy.value().toDoubles()).containsExactly(1, 10, 100);
        }
    }
}
