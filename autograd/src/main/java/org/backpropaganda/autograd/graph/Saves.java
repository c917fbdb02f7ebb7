package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * What an op keeps for its backward: data, so that bytes can be told before anything runs. Immutable.
 *
 * @param inputs numbers of the inputs that are kept
 * @param output whether the output is kept
 * @param extras tensors made in forward for backward alone: bits, indices, statistics
 */
public record Saves(List<Integer> inputs, boolean output, List<Extra> extras) {
    private static final Saves NONE = new Saves(List.of(), false, List.of());

    /**
     * A tensor beside the output.
     *
     * @param name for errors
     * @param spec shape and element type
     * @param always whether forward wants it even if nothing is recorded, because the caller reads it
     */
    public record Extra(String name, TensorSpec spec, boolean always) {}

    /** Nothing is kept. */
    public static Saves none() {
        return NONE;
    }

    /** Also an input. */
    public Saves input(int number) {
        List<Integer> more = new ArrayList<>(inputs);
        more.add(number);
        return new Saves(List.copyOf(more), output, extras);
    }

    /** Also an input, if {@code condition}. */
    public Saves inputIf(boolean condition, int number) {
        return condition ? input(number) : this;
    }

    /** Also the output. */
    public Saves andOutput() {
        return new Saves(inputs, true, extras);
    }

    /** Also a tensor that forward makes for backward. */
    public Saves extra(String name, TensorSpec spec) {
        return with(new Extra(name, spec, false));
    }

    /** Also a tensor that forward makes in any case. */
    public Saves result(String name, TensorSpec spec) {
        return with(new Extra(name, spec, true));
    }

    private Saves with(Extra extra) {
        List<Extra> more = new ArrayList<>(extras);
        more.add(extra);
        return new Saves(inputs, output, List.copyOf(more));
    }

    /** Bytes kept if nothing of it is shared with anybody else. */
    public long bytes(Operands operands, TensorSpec outputSpec) {
        long bytes = output ? outputSpec.bytes() : 0;
        for (int input : inputs) {
            bytes += operands.spec(input).bytes();
        }
        for (Extra extra : extras) {
            bytes += extra.spec().bytes();
        }
        return bytes;
    }
}
