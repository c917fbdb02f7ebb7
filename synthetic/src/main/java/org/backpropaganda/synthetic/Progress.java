package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * A count that a boundary remembers from step to step: a module of one buffer, {@code count}, and no function, so that it is
 * saved and resumed as other learners are.
 */
public final class Progress extends Module {
    private final Tensor count;

    /** Zero at first. */
    public Progress(TensorScope scope) {
        count = registerBuffer("count", scope.zeros(Shape.of(1), DType.DOUBLE, MemoryKind.PARAMETER));
    }

    /** What was counted; zero where an engine has no memory. */
    double count() {
        return count.hasValues() ? count.item() : 0;
    }

    void count(double value) {
        count.set(value);
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        throw new UnsupportedOperationException("progress: it remembers a count and computes nothing");
    }
}
