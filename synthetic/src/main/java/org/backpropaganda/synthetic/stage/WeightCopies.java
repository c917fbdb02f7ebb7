package org.backpropaganda.synthetic.stage;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Copies of a stage's weights, one of each version that a batch still waits with. Source: Harlap et al. 2018, "PipeDream:
 * Fast and Efficient Pipeline Parallel DNN Training", § 3.3: weight stashing.
 */
final class WeightCopies {
    private final TensorScope scope;
    private final List<Parameter> parameters;
    private @Nullable Copy current;

    WeightCopies(TensorScope scope, List<Parameter> parameters) {
        this.scope = scope;
        this.parameters = parameters;
    }

    /** The weights of one version, freed with the last batch that holds them. */
    final class Copy {
        private final Map<Parameter, Tensor> values = new LinkedHashMap<>();
        private int users;

        private Copy(List<Tensor> tensors) {
            for (int i = 0; i < parameters.size(); i++) {
                values.put(parameters.get(i), tensors.get(i));
            }
        }

        private Copy() {
            for (Parameter parameter : parameters) {
                Tensor value = parameter.value();
                values.put(
                        parameter,
                        scope.allocate(value.shape(), value.dtype(), MemoryKind.PARAMETER)
                                .copyFrom(value));
            }
        }

        Map<Parameter, Tensor> values() {
            return values;
        }

        /** In the order of the parameters. */
        List<Tensor> tensors() {
            return List.copyOf(values.values());
        }

        void release() {
            users--;
            if (users == 0) {
                values.values().forEach(Tensor::close);
                if (current == this) {
                    current = null;
                }
            }
        }
    }

    /** The weights as they are; to be released. */
    Copy take() {
        Copy copy = current;
        if (copy == null) {
            copy = new Copy();
            current = copy;
        }
        copy.users++;
        return copy;
    }

    /**
     * Weights that were taken elsewhere; to be released.
     *
     * @param tensors in the order of the parameters, of this scope
     * @param isCurrent whether the weights are still these
     */
    Copy taken(List<Tensor> tensors, boolean isCurrent) {
        Copy copy = new Copy(tensors);
        copy.users++;
        if (isCurrent) {
            current = copy;
        }
        return copy;
    }

    /** Whether the weights have not moved since a copy was taken. */
    boolean isCurrent(Copy copy) {
        return copy == current;
    }

    /** One more batch holds it. */
    Copy retain(Copy copy) {
        copy.users++;
        return copy;
    }

    /** The weights are about to be modified: whoever holds a copy keeps it, the next one gets another. */
    void moved() {
        current = null;
    }
}
