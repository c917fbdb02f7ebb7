package org.backpropaganda.autograd.optim;

import java.util.LinkedHashMap;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Other values in the place of those of parameters, until it is closed. The parameters' own lie meanwhile where the others
 * were: no memory is needed for it, and closing it brings every bit back.
 */
public final class WeightSwap implements AutoCloseable {
    private static final String NAME = "weight swap";

    private final Map<Parameter, Tensor> others;
    private final Map<Parameter, Integer> versions = new LinkedHashMap<>();
    private boolean open = true;

    WeightSwap(Map<Parameter, Tensor> others) {
        this.others = others;
        exchange();
        others.keySet()
                .forEach(parameter -> versions.put(parameter, parameter.value().version()));
    }

    private void exchange() {
        others.forEach((parameter, other) -> {
            HostLoop.run(2, WeightSwap::exchange, WeightSwap::exchange, parameter.value(), other);
            parameter.value().written(NAME);
            other.written(NAME);
        });
    }

    /** Whole pieces change places, so that no element passes through arithmetic. */
    private static <T> void exchange(T[] arrays, long from, int count) {
        T held = arrays[0];
        arrays[0] = arrays[1];
        arrays[1] = held;
    }

    boolean isOpen() {
        return open;
    }

    /** Puts the values back if they are not. */
    void restore() {
        if (open) {
            open = false;
            exchange();
        }
    }

    /**
     * Puts the values back if they are not.
     *
     * @throws IllegalStateException if a parameter was modified meanwhile: then its own value is back, and what stood in
     *     for it is modified
     */
    @Override
    public void close() {
        String modified = open ? modified() : "";
        restore();
        if (!modified.isEmpty()) {
            throw new IllegalStateException(
                    NAME + ": " + modified + " while another value stood in; train after closing the swap");
        }
    }

    private String modified() {
        for (Map.Entry<Parameter, Integer> entry : versions.entrySet()) {
            Tensor value = entry.getKey().value();
            if (value.version() != entry.getValue()) {
                return "parameter " + entry.getKey().path() + " was modified by " + value.lastWriter();
            }
        }
        return "";
    }
}
