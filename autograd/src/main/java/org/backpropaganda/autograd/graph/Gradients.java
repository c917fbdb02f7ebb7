package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
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
 *
 * <p>They may be handed over one by one during backward, each as soon as it is complete, and freed: then the gradients of
 * all parameters never exist together.
 */
public final class Gradients implements AutoCloseable {
    private final TensorScope scope;
    private final Map<Parameter, GradientSlot> slots = new LinkedHashMap<>();
    private final @Nullable Receiver receiver;

    /** No gradients yet; they will be freed with this object, or with {@code scope} at the latest. */
    public Gradients(TensorScope scope) {
        this(scope, null);
    }

    private Gradients(TensorScope scope, @Nullable Receiver receiver) {
        this.scope = scope.child();
        this.receiver = receiver;
    }

    /** Takes complete gradients. */
    @FunctionalInterface
    public interface Receiver {
        /**
         * Makes use of a gradient.
         *
         * @return whether it may be freed; if not, it stays like any other
         */
        boolean receive(Parameter parameter, Tensor gradient);
    }

    /**
     * Gradients for one backward pass that go to {@code receiver}, and are freed, as soon as nothing recorded can add to
     * them any more. A parameter may be modified then: whatever read it has been differentiated.
     */
    public static Gradients handedOver(TensorScope scope, Receiver receiver) {
        return new Gradients(scope, receiver);
    }

    /** Whether gradients are put to their use, and freed, as soon as they are complete. */
    boolean areHandedOver() {
        return receiver != null;
    }

    GradientSlot slot(Parameter parameter) {
        return slots.computeIfAbsent(
                parameter,
                p -> new GradientSlot(scope, p.value().spec(), MemoryKind.GRADIENT, p.path(), () -> handOver(p)));
    }

    private void handOver(Parameter parameter) {
        Tensor complete = of(parameter);
        if (receiver != null && complete != null && receiver.receive(parameter, complete)) {
            slot(parameter).finish();
        }
    }

    /** The slots whose completion somebody waits for, of those of some parameters. */
    List<GradientSlot> awaited(List<Parameter> parameters) {
        if (receiver == null) {
            return List.of();
        }
        return parameters.stream()
                .filter(Parameter::isTrainable)
                .distinct()
                .map(this::slot)
                .toList();
    }

    /** The slots that there are for some parameters. */
    List<GradientSlot> present(List<Parameter> parameters) {
        List<GradientSlot> found = new ArrayList<>();
        for (Parameter parameter : parameters) {
            GradientSlot slot = slots.get(parameter);
            if (slot != null) {
                found.add(slot);
            }
        }
        return found;
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
        slots.values().forEach(GradientSlot::clear);
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
