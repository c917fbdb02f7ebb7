package org.backpropaganda.autograd.graph;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of parameters, gathered by one or more backward passes. They belong to whoever trains, not to the
 * parameters, so that two tapes may differentiate one model at the same time. One thread each.
 */
public final class Gradients implements AutoCloseable {
    private final TensorScope scope;
    private final Map<Parameter, GradientSlot> slots = new LinkedHashMap<>();

    /** No gradients yet; they will be freed with this object, or with {@code scope} at the latest. */
    public Gradients(TensorScope scope) {
        this.scope = scope.child();
    }

    GradientSlot slot(Parameter parameter) {
        return slots.computeIfAbsent(
                parameter, p -> new GradientSlot(scope, p.value().spec(), MemoryKind.GRADIENT, p.path()));
    }

    /** The gradient of a parameter, or null where none has come. Stays here. */
    public @Nullable Tensor of(Parameter parameter) {
        GradientSlot slot = slots.get(parameter);
        return slot == null ? null : slot.value();
    }

    /** The parameters that have or had a gradient here. */
    public Set<Parameter> parameters() {
        return slots.keySet();
    }

    /** Visits every gradient that is there. */
    public void forEach(BiConsumer<Parameter, Tensor> visitor) {
        slots.forEach((parameter, slot) -> {
            Tensor gradient = slot.value();
            if (gradient != null) {
                visitor.accept(parameter, gradient);
            }
        });
    }

    /** Frees every gradient; new ones may gather. */
    public void clear() {
        for (GradientSlot slot : slots.values()) {
            Tensor gradient = slot.take();
            if (gradient != null) {
                gradient.close();
            }
        }
    }

    /** Frees every gradient. */
    @Override
    public void close() {
        if (!scope.isClosed()) {
            scope.close();
        }
        slots.clear();
    }
}
