package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.op.Subtract;

/**
 * Additive coupling: {@code y1 = x1 + F(x2), y2 = x2 + G(y1)}.
 *
 * <pre>
 * inverse  : x2 = y2 − G(y1), x1 = y1 − F(x2)
 * backward : dx1 = dy1 + (∂G/∂y1)ᵀ dy2; dx2 = dy2 + (∂F/∂x2)ᵀ dx1
 * </pre>
 *
 * Source: Gomez et al. 2017, "The Reversible Residual Network", Eq. (6), (7) and Algorithm 1. Departure: the evaluation
 * of G that reconstructs x2 also yields its gradient, and so for F: two evaluations of each in a step, not three.
 */
public final class AdditiveCoupling extends Coupling {
    private final Module f;
    private final Module g;

    /**
     * A coupling of two modules that keep shapes. A branch whose value needs no gradient, as one that was dropped, may be a
     * constant of the stream's shape.
     *
     * @param f,g two different modules of one input and one result, which has the shape and element type of the stream that
     *     it is added to; any other is refused when the coupling is called
     */
    public AdditiveCoupling(Module f, Module g) {
        if (f == g) {
            throw new IllegalArgumentException("AdditiveCoupling: f and g are one module; give two");
        }
        this.f = register("f", f);
        this.g = register("g", g);
    }

    @Override
    protected List<Variable> forward(List<Variable> streams) {
        requireTwo(streams);
        Variable x1 = streams.get(0);
        Variable x2 = streams.get(1);
        Variable y1 = plus(x1, f, x2);
        Variable y2 = plus(x2, g, y1);
        return List.of(y1, y2);
    }

    /** {@code target + function(source)}. The source is held: it is needed afterwards, whatever works in place. */
    private Variable plus(Variable target, Module function, Variable source) {
        Variable held = Identity.hold(source);
        Variable branch = branch(function, held, target.spec());
        Variable sum = Add.addInPlace(target, branch);
        Liveness.letGo(List.of(held, branch), List.of(), List.of(sum));
        return sum;
    }

    @Override
    protected List<Variable> invert(Variable y1, Variable y2) {
        Variable x2 = Subtract.subtract(y2, branch(g, Identity.hold(y1), y2.spec()));
        Variable x1 = Subtract.subtract(y1, branch(f, Identity.hold(x2), y1.spec()));
        return List.of(x1, x2);
    }

    @Override
    protected void reverse(ReverseStep step) {
        step.subtract(1, g, 0);
        step.subtract(0, f, 1);
    }
}
