package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * The transpose of a linear op: its vector-Jacobian product as a function that is differentiated itself.
 *
 * <pre>
 * dx    = Lᵀ dy, for y = L x
 * shape : dy of the shape of y, what L takes beside x → dx of the shape of x
 * saves : what L takes beside x
 * vjp   : d(dy) += L d(dx)
 * </pre>
 *
 * @param op L
 * @param x the shape of what L maps
 */
public record Transposed(LinearOp op, Shape x) implements TwiceDifferentiable {

    /** What {@code op} adds to the gradient of an input of shape {@code x}, given that of its output. */
    public static Variable transposed(LinearOp op, Shape x, Variable dy, List<Variable> others) {
        List<Variable> inputs = new ArrayList<>();
        inputs.add(dy);
        inputs.addAll(others);
        return dy.tape().apply(new Transposed(op, x), inputs.toArray(Variable[]::new));
    }

    @Override
    public String name() {
        return op.name() + "Transposed";
    }

    @Override
    public TensorSpec infer(List<TensorSpec> in) {
        if (in.isEmpty()) {
            throw new ShapeException(name() + ": takes dy and what " + op.name() + " takes beside x " + x);
        }
        TensorSpec y;
        try {
            y = op.infer(inputs(in));
        } catch (ShapeException e) {
            throw new ShapeException(name() + ": dy " + in.get(0) + ", " + e.getMessage());
        }
        if (!y.equals(in.get(0))) {
            throw new ShapeException(name() + ": of x " + x + " comes " + y + ", but dy is " + in.get(0));
        }
        return in.get(0).with(x);
    }

    /** The inputs of the op itself. */
    private List<TensorSpec> inputs(List<TensorSpec> in) {
        List<TensorSpec> inputs = new ArrayList<>(in);
        inputs.set(0, in.get(0).with(x));
        return inputs;
    }

    @Override
    public Saves saves(Operands operands) {
        Saves saves = Saves.none();
        for (int i = 1; i < operands.specs().size(); i++) {
            saves = saves.input(i);
        }
        return saves;
    }

    @Override
    public void forward(ForwardCall call) {
        int inputs = call.inputs().size();
        List<TensorSpec> specs = inputs(call.inputs().stream().map(Tensor::spec).toList());
        List<@Nullable GradientSlot> slots = new ArrayList<>(Collections.nCopies(inputs, null));
        Unpacked others = new Unpacked();
        for (int i = 1; i < inputs; i++) {
            others.add(i, call.input(i), false, false);
        }
        try (TensorScope scope = call.scope().child()) {
            GradientSlot slot = new GradientSlot(scope, specs.get(0), MemoryKind.SCRATCH, "");
            slots.set(0, slot);
            Operands operands =
                    new Operands(specs, slots.stream().map(s -> s != null).toList());
            Tensor dy = scope.share(call.input(0));
            op.vjp(new BackwardCall(name(), scope, operands, slots, others, dy));
            Tensor dx = slot.value();
            if (dx == null) {
                throw new IllegalStateException(name() + ": no gradient was given");
            }
            call.output().copyFrom(dx);
        }
    }

    @Override
    public void vjp(BackwardCall call) {
        Tensor result = call.temporary(call.spec(0).shape(), call.dy().dtype());
        List<Tensor> inputs = new ArrayList<>();
        inputs.add(call.dy());
        for (int i = 1; i < call.inputs(); i++) {
            inputs.add(call.input(i));
        }
        op.forward(new ForwardCall(call.scope(), inputs, result, List.of()));
        call.give(0, result);
    }

    @Override
    public void gradient(GradientCall call) {
        Variable[] inputs = new Variable[call.inputs()];
        inputs[0] = call.dy();
        for (int i = 1; i < inputs.length; i++) {
            inputs[i] = call.input(i);
        }
        call.give(0, call.tape().apply(op, inputs));
    }
}
