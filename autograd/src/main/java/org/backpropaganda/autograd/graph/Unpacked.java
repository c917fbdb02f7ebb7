package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** The saved tensors of one op, brought back for its backward. */
final class Unpacked implements AutoCloseable {
    private static final int OUTPUT = -1;

    private final Map<Integer, Tensor> operands = new HashMap<>();
    private final List<Tensor> extras = new ArrayList<>();
    private final List<Tensor> owned = new ArrayList<>();
    private final Set<Integer> parameters = new HashSet<>();

    void addInput(int number, SavedTensor saved, TensorScope leases) {
        operands.put(number, unpack(saved, leases));
    }

    void addOutput(SavedTensor saved, TensorScope leases) {
        operands.put(OUTPUT, unpack(saved, leases));
    }

    void addExtra(SavedTensor saved, TensorScope leases) {
        extras.add(unpack(saved, leases));
    }

    /** An input that was never saved. */
    void lend(int number, Tensor tensor) {
        operands.put(number, tensor);
    }

    /** An input that stays saved. */
    void show(int number, SavedTensor saved, TensorScope leases) {
        operands.put(number, saved.peek(leases));
        if (saved.isParameter()) {
            parameters.add(number);
        }
    }

    /** The output, which stays saved. */
    void showOutput(SavedTensor saved, TensorScope leases) {
        operands.put(OUTPUT, saved.peek(leases));
    }

    /** An extra that stays saved. */
    void showExtra(SavedTensor saved, TensorScope leases) {
        extras.add(saved.peek(leases));
    }

    boolean isParameter(int number) {
        return parameters.contains(number);
    }

    private Tensor unpack(SavedTensor saved, TensorScope leases) {
        Tensor tensor = saved.unpack(leases);
        if (!saved.isParameter()) {
            owned.add(tensor);
        }
        return tensor;
    }

    Tensor input(String op, int number) {
        return require(op, operands.get(number), "input " + number);
    }

    Tensor output(String op) {
        return require(op, operands.get(OUTPUT), "the output");
    }

    Tensor extra(int number) {
        return extras.get(number);
    }

    private static Tensor require(String op, @Nullable Tensor tensor, String what) {
        if (tensor == null) {
            throw new IllegalStateException(op + " backward: " + what + " was not declared in saves()");
        }
        return tensor;
    }

    @Override
    public void close() {
        owned.forEach(Tensor::close);
    }
}
