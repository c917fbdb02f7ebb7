package org.backpropaganda.reversible.testkit;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.Scale;
import org.backpropaganda.autograd.op.Subtract;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.reversible.Coupling;
import org.backpropaganda.reversible.ReverseStep;

/** {@code y1 = x1 + F(x2), y2 = x2 + G(y1)}, which counts its training steps in a buffer, with one fault. */
final class LyingCoupling extends Coupling {
    private final CouplingLie lie;
    private final AtomicInteger draws;
    private final TensorScope scope;
    private final Module f;
    private final Module g;
    private final Tensor moved;
    private int calls;

    /**
     * A coupling.
     *
     * @param draws numbers that nothing sets back, as those of a generator that is shared
     */
    LyingCoupling(ParameterFactory factory, Module f, Module g, CouplingLie lie, AtomicInteger draws) {
        this.lie = lie;
        this.draws = draws;
        scope = factory.scope();
        this.f = register("f", f);
        this.g = register("g", g);
        moved = registerBuffer("moved", scope.zeros(Shape.of(1), factory.dtype(), MemoryKind.PARAMETER));
    }

    private void move() {
        moved.set(moved.toDoubles()[0] + 1);
    }

    @Override
    protected List<Variable> forward(List<Variable> streams) {
        requireTwo(streams);
        Variable x1 = streams.get(0);
        Variable x2 = streams.get(1);
        Tape tape = x1.tape();
        if (tape.isTraining()) {
            tape.onFirstRun(this::move);
        }
        if (lie == CouplingLie.HOLDS_AN_ACTIVATION) {
            forgetATape(x1.value());
        }
        if (lie == CouplingLie.EVALUATES_ONCE_MORE) {
            branch(f, Identity.hold(x2), x1.spec());
        }
        Variable y1 = Add.add(x1, changed(branch(f, Identity.hold(x2), x1.spec())));
        Variable y2 = Add.add(x2, branch(g, Identity.hold(y1), x2.spec()));
        return List.of(y1, y2);
    }

    /** A tape that nobody closes, with what it saved. */
    private void forgetATape(Tensor x) {
        Tensor copy = scope.allocate(x.shape(), x.dtype()).copyFrom(x);
        Tanh.tanh(Tape.training(scope.child(), 1).leaf(copy));
    }

    private Variable changed(Variable branch) {
        calls++;
        return switch (lie) {
            case DRAWS_WITHOUT_THE_KEY -> Scale.scale(branch, draws.incrementAndGet());
            case MIXES_UP_ITS_CALLS -> calls == 2 ? Scale.scale(branch, 2) : branch;
            case COMPUTES_ANOTHER_THING_ON_SHAPES ->
                branch.value().hasValues() ? branch : branch(f, branch, branch.spec());
            default -> branch;
        };
    }

    @Override
    protected List<Variable> invert(Variable y1, Variable y2) {
        Variable x2 = lie == CouplingLie.FORGETS_A_FUNCTION_IN_INVERSE
                ? Identity.hold(y2)
                : Subtract.subtract(y2, branch(g, Identity.hold(y1), y2.spec()));
        Variable of = branch(f, Identity.hold(x2), y1.spec());
        Variable x1 = lie == CouplingLie.INVERTS_WITH_ANOTHER_SIGN ? Add.add(y1, of) : Subtract.subtract(y1, of);
        return List.of(x1, x2);
    }

    @Override
    protected void reverse(ReverseStep step) {
        if (lie == CouplingLie.MOVES_STATISTICS_IN_REVERSE) {
            move();
        }
        if (lie == CouplingLie.REVERSES_IN_ANOTHER_ORDER) {
            step.subtract(0, f, 1);
            step.subtract(1, g, 0);
            return;
        }
        step.subtract(1, g, 0);
        if (lie != CouplingLie.FORGETS_A_FUNCTION_IN_REVERSE) {
            step.subtract(0, f, 1);
        }
    }
}
