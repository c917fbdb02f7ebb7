package org.backpropaganda.autograd.nn;

import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Identity;

/**
 * {@code y = shortcut(x) + body(x)}. The input is held while both run, so that nothing in them works in place on it; what
 * the body returns is consumed by the sum.
 * Source: He et al. 2016, "Deep Residual Learning", Eq. (1) and (2).
 */
public final class Residual extends UnaryModule {
    private final Module body;
    private final Module shortcut;

    /** With the input itself as the shortcut. */
    public Residual(Module body) {
        this(body, new Sequential());
    }

    /** With a shortcut that changes the shape. */
    public Residual(Module body, Module shortcut) {
        this.body = register("body", body);
        this.shortcut = register("shortcut", shortcut);
    }

    @Override
    protected Variable forward(Variable x) {
        Variable held = Identity.hold(x);
        Variable branch = body.call(x);
        Variable skip = shortcut.call(held);
        return Add.addInPlace(skip, branch);
    }
}
