package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;

/**
 * An op that is linear in its first input. The others, if there are any, need no gradient and are saved, and nothing else is.
 * Its gradients of every order are computed by itself and by its transpose, so it needs no rule for them.
 */
public interface LinearOp extends TwiceDifferentiable {

    @Override
    default void gradient(GradientCall call) {
        List<Variable> others = new ArrayList<>();
        for (int i = 1; i < call.inputs(); i++) {
            others.add(call.input(i));
        }
        call.give(0, Transposed.transposed(this, call.spec(0).shape(), call.dy(), others));
    }
}
