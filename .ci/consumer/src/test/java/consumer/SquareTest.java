package consumer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.backpropaganda.autograd.testkit.Input.in;
import static org.backpropaganda.autograd.testkit.Refusal.spec;

import java.util.List;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.autograd.testkit.OpCase;
import org.backpropaganda.autograd.testkit.OpContract;
import org.backpropaganda.autograd.testkit.Refusal;

/** An op of a project that knows the testkit alone. */
class SquareTest extends OpContract {
    record Square() implements Op {
        @Override
        public TensorSpec infer(List<TensorSpec> in) {
            if (in.size() != 1) {
                throw new ShapeException("square: takes one input, got " + in);
            }
            return in.get(0);
        }

        @Override
        public Saves saves(Operands operands) {
            return Saves.none().input(0);
        }

        @Override
        public void forward(ForwardCall call) {
            HostLoop.map(call.output(), (a, b) -> a * b, call.input(0), call.input(0));
        }

        @Override
        public void vjp(BackwardCall call) {
            Tensor dx = call.reusableDy();
            HostLoop.map(dx, (dy, x) -> 2 * dy * x, call.dy(), call.input(0));
            call.give(0, dx);
        }
    }

    @Override
    protected Stream<OpCase> cases() {
        return Stream.of(OpCase.of(new Square(), in(2, 3)));
    }

    @Override
    protected Stream<Refusal> refusals() {
        return Stream.of(Refusal.of(new Square(), spec(2), spec(2)));
    }

    @Property(tries = 10)
    void propertiesRun(@ForAll int x) {
        assertThat((long) x * x).isNotNegative();
    }
}
