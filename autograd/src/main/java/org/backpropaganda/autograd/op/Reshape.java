package org.backpropaganda.autograd.op;

import java.util.Arrays;
import java.util.List;
import org.backpropaganda.autograd.graph.BackwardCall;
import org.backpropaganda.autograd.graph.ForwardCall;
import org.backpropaganda.autograd.graph.GradientCall;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.Saves;
import org.backpropaganda.autograd.graph.TwiceDifferentiable;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * Elements under another shape. Nothing is copied.
 *
 * <pre>
 * y     = x
 * shape : x [*] → y [shape], of as many elements
 * saves : nothing
 * vjp   : dx += dy
 * </pre>
 *
 * @param shape of the result
 */
public record Reshape(Shape shape) implements TwiceDifferentiable {

    /** x under another shape; one size may be -1, which is then inferred. */
    public static Variable reshape(Variable x, long... sizes) {
        return x.tape().apply(new Reshape(resolve(x.shape(), sizes)), x);
    }

    /** x as [first size, all others]. */
    public static Variable flatten(Variable x) {
        return reshape(x, x.shape().dim(0), -1);
    }

    private static Shape resolve(Shape from, long[] sizes) {
        long[] resolved = sizes.clone();
        long known = 1;
        int open = -1;
        for (int i = 0; i < sizes.length; i++) {
            if (sizes[i] == -1) {
                Checks.require(open < 0, "reshape", "only one size of " + Arrays.toString(sizes) + " may be -1");
                open = i;
            } else {
                known *= sizes[i];
            }
        }
        if (open >= 0) {
            Checks.require(
                    known > 0 && from.elements() % known == 0,
                    "reshape",
                    from + " does not divide into " + Arrays.toString(sizes));
            resolved[open] = from.elements() / known;
        }
        return Shape.of(resolved);
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        Checks.count(name(), in, 1);
        Checks.require(
                in.get(0).shape().elements() == shape.elements(),
                name(),
                in.get(0).shape() + " has " + in.get(0).shape().elements() + " elements, " + shape + " has "
                        + shape.elements());
        return in.get(0).with(shape);
    }

    @Override
    public Saves saves(Operands operands) {
        return Saves.none();
    }

    @Override
    public boolean isView() {
        return true;
    }

    @Override
    public void forward(ForwardCall call) {
        throw new IllegalStateException("a view has no forward");
    }

    @Override
    public void vjp(BackwardCall call) {
        call.give(0, call.view(call.dy(), call.spec(0).shape()));
    }

    @Override
    public void gradient(GradientCall call) {
        call.give(0, reshape(call.dy(), call.spec(0).shape().toArray()));
    }
}
