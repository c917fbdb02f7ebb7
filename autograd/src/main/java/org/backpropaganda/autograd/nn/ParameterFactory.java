package org.backpropaganda.autograd.nn;

import java.util.SplittableRandom;
import java.util.function.DoubleSupplier;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * Makes the parameters of a model in one scope, one element type, from one seed: the same calls in the same order give
 * the same values.
 */
public final class ParameterFactory {
    private final TensorScope scope;
    private final DType dtype;
    private final SplittableRandom seeds;

    /** Parameters that live as long as {@code scope}. */
    public ParameterFactory(TensorScope scope, DType dtype, long seed) {
        this.scope = scope;
        this.dtype = dtype;
        this.seeds = new SplittableRandom(seed);
    }

    /** The owner of the parameters. */
    public TensorScope scope() {
        return scope;
    }

    /** The element type of the parameters. */
    public DType dtype() {
        return dtype;
    }

    /** A new parameter; its numbers come from a generator of its own. */
    public Parameter create(Shape shape, Initializer initializer) {
        SplittableRandom seed = seeds.split();
        if (!scope.engine().hasMemory()) {
            return new Parameter(scope.allocate(shape, dtype, MemoryKind.PARAMETER));
        }
        DoubleSupplier values = initializer.values(shape, seed);
        return new Parameter(scope.allocate(shape, dtype, MemoryKind.PARAMETER).fill(values));
    }
}
