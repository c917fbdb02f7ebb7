package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** Tensors and numbers under keys, on the way into a file or out of it. */
final class Luggage {
    private static final int HALF = 32;

    private final TensorScope scope;
    private final String prefix;
    private final Map<String, Tensor> tensors;

    private Luggage(TensorScope scope, String prefix, Map<String, Tensor> tensors) {
        this.scope = scope;
        this.prefix = prefix;
        this.tensors = tensors;
    }

    /**
     * Nothing yet.
     *
     * @param scope of numbers
     */
    static Luggage empty(TensorScope scope) {
        return new Luggage(scope, "", new LinkedHashMap<>());
    }

    /** What came. */
    static Luggage of(TensorScope scope, Map<String, Tensor> tensors) {
        return new Luggage(scope, "", tensors);
    }

    /** That part whose keys begin with a name. */
    Luggage at(Object name) {
        return new Luggage(scope, prefix + name + ".", tensors);
    }

    /** The whole of it. */
    Map<String, Tensor> tensors() {
        return tensors;
    }

    void put(String key, long... numbers) {
        int[] halves = new int[2 * numbers.length];
        for (int i = 0; i < numbers.length; i++) {
            halves[2 * i] = (int) numbers[i];
            halves[2 * i + 1] = (int) (numbers[i] >>> HALF);
        }
        tensors.put(
                prefix + key,
                scope.allocate(Shape.of(halves.length), DType.INT, MemoryKind.INPUT)
                        .set(halves));
    }

    void put(String key, @Nullable Tensor tensor) {
        if (tensor != null) {
            tensors.put(prefix + key, tensor);
        }
    }

    void put(String key, List<? extends @Nullable Tensor> all) {
        put(key + ".count", (long) all.size());
        for (int i = 0; i < all.size(); i++) {
            put(key + "." + i, all.get(i));
        }
    }

    boolean has(String key) {
        return tensors.containsKey(prefix + key);
    }

    long[] numbers(String key) {
        double[] halves = find(key).toDoubles();
        long[] numbers = new long[halves.length / 2];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = ((long) (int) halves[2 * i] & 0xFFFFFFFFL) | ((long) (int) halves[2 * i + 1] << HALF);
        }
        return numbers;
    }

    /** A share of a tensor in a scope; null if there is none. */
    @Nullable
    Tensor tensor(String key, TensorScope into) {
        Tensor found = tensors.get(prefix + key);
        return found == null ? null : into.share(found);
    }

    /** Shares of tensors in a scope, null where there was none. */
    List<@Nullable Tensor> list(String key, TensorScope into) {
        List<@Nullable Tensor> all = new ArrayList<>();
        for (int i = 0; i < numbers(key + ".count")[0]; i++) {
            all.add(tensor(key + "." + i, into));
        }
        return all;
    }

    /** Shares of tensors in a scope, all of which are there. */
    List<Tensor> whole(String key, TensorScope into) {
        List<Tensor> all = new ArrayList<>();
        for (int i = 0; i < numbers(key + ".count")[0]; i++) {
            all.add(into.share(find(key + "." + i)));
        }
        return all;
    }

    private Tensor find(String key) {
        Tensor found = tensors.get(prefix + key);
        if (found == null) {
            throw new IllegalArgumentException(
                    "staged learner: the state has no \"" + prefix + key + "\": it is that of another learner");
        }
        return found;
    }
}
