package org.backpropaganda.autograd.graph;

import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** What a callee remembers, noted before a call that was made before: such a call changes nothing of it. */
final class StateBefore {
    private record Written(Callee callee, String path, String name, Tensor tensor, int version) {}

    private record Counted(Callee callee, String path, Field field, Object value) {}

    private final List<Written> tensors = new ArrayList<>();
    private final List<Counted> numbers = new ArrayList<>();

    private StateBefore() {}

    /** The parameters and buffers of a callee's own. */
    static StateBefore of(Callee callee, String path) {
        StateBefore before = new StateBefore();
        before.note(callee, path);
        return before;
    }

    /** The parameters and buffers of a callee and of all in it, and their fields that hold numbers. */
    static StateBefore ofAllIn(Callee callee, String path) {
        StateBefore before = new StateBefore();
        before.noteAll(callee, path);
        return before;
    }

    private void noteAll(Callee callee, String path) {
        note(callee, path);
        for (Class<?> type = callee.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (!Modifier.isStatic(field.getModifiers())) {
                    note(callee, path, field);
                }
            }
        }
        callee.children().forEach((name, child) -> noteAll(child, CallSite.joined(path, name)));
    }

    private void note(Callee callee, String path) {
        callee.ownState()
                .forEach((name, tensor) -> tensors.add(new Written(callee, path, name, tensor, tensor.version())));
    }

    private void note(Callee callee, String path, Field field) {
        Object value = value(callee, field);
        if (value instanceof Tensor tensor && !tensor.isClosed()) {
            tensors.add(new Written(callee, path, field.getName(), tensor, tensor.version()));
        } else if (value != null) {
            numbers.add(new Counted(callee, path, field, value));
        }
    }

    /** What a field holds: a tensor, or a number as text; null if it is neither, or one that its package keeps to itself. */
    private static @Nullable Object value(Callee callee, Field field) {
        Class<?> type = field.getType();
        if (!(type.isPrimitive() || Number.class.isAssignableFrom(type) || type == Tensor.class)
                || !field.trySetAccessible()) {
            return null;
        }
        try {
            Object value = field.get(callee);
            return value == null || value instanceof Tensor ? value : value.toString();
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " was made accessible and is not", e);
        }
    }

    /**
     * Refuses what has changed.
     *
     * @throws IllegalStateException if a tensor was written or a number is another; the message tells whose
     */
    void check() {
        for (Written written : tensors) {
            Tensor tensor = written.tensor();
            if (!tensor.isClosed() && tensor.version() != written.version()) {
                throw changed(
                        written.callee(),
                        written.path(),
                        written.name() + " " + tensor.spec(),
                        "is at version " + tensor.version() + ", was at " + written.version()
                                + ": modified in place by " + tensor.lastWriter());
            }
        }
        for (Counted counted : numbers) {
            Object now = value(counted.callee(), counted.field());
            if (!counted.value().equals(now)) {
                throw changed(
                        counted.callee(),
                        counted.path(),
                        "field " + counted.field().getName(),
                        "is " + now + ", was " + counted.value());
            }
        }
    }

    private static IllegalStateException changed(Callee callee, String path, String what, String how) {
        return new IllegalStateException("replay" + (path.isEmpty() ? "" : " in " + path) + " has an effect: " + what
                + " of " + callee.describe() + " " + how
                + "; what is computed again changes nothing, and state of a step"
                + " changes inside Tape.onFirstRun");
    }
}
