package org.backpropaganda.autograd.op;

import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.DropoutMask;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Zeroes elements at random and scales the others up. The mask is a function of the key: nothing is saved.
 *
 * <pre>
 * y     = x / (1 − p) with probability 1 − p, 0 otherwise
 * shape : x [*] → y [*]
 * saves : nothing
 * vjp   : dx += dy under the same mask
 * </pre>
 *
 * Source: Srivastava et al. 2014, "Dropout", in its inverted form.
 *
 * @param probability of being zeroed, in [0, 1)
 * @param key of the mask
 */
public record Dropout(double probability, long key) implements Op {

    /** Checks the probability. */
    public Dropout {
        Checks.require(
                probability >= 0 && probability < 1, "dropout", "probability " + probability + " is not within [0, 1)");
    }

    /** Dropout under the mask of a key. */
    public static Variable dropout(Variable x, double probability, long key) {
        return x.tape().apply(new Dropout(probability, key), x);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.dtype(name(), in);
        return in.get(0);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public void forward(ForwardCall call) {
        DropoutMask.apply(key, 1 - probability, call.input(0), call.output());
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor dx = call.reusableDy();
        DropoutMask.apply(key, 1 - probability, call.dy(), dx);
        call.give(0, dx);
    }
}
