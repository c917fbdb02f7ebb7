package org.backpropaganda.autograd.graph;

import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters that the gradients of a segment go to: those that it declares, and those that its first run read. */
final class Declared {
    private final List<Parameter> parameters;
    private final Set<Parameter> others = new LinkedHashSet<>();
    private @Nullable Set<Parameter> lookup;

    Declared(List<Parameter> parameters) {
        this.parameters = parameters;
    }

    /** Refuses a parameter that somebody should train and nobody would. */
    static void checkReached(Parameter parameter, CallFrame frame) {
        Callee callee = frame.callee();
        Callee outermost = frame.outermost();
        if (parameter.isTrainable()
                && callee != null
                && outermost != null
                && !callee.trains(parameter)
                && !outermost.trains(parameter)) {
            String name = parameter.path().isEmpty() ? "" : "\"" + parameter.path() + "\" ";
            throw new IllegalStateException("parameter " + name
                    + parameter.value().spec() + (frame.path().isEmpty() ? "" : ", read in " + frame.path() + ",")
                    + " is registered nowhere in " + outermost.describe()
                    + ": it would be neither trained nor saved; register it");
        }
    }

    /** What the segment computes has read a parameter. */
    void read(Parameter parameter) {
        if (!parameter.isTrainable()) {
            return;
        }
        if (lookup == null) {
            lookup = new HashSet<>(parameters);
        }
        if (!lookup.contains(parameter)) {
            others.add(parameter);
        }
    }

    /** Those that were read without having been declared: of modules that are registered elsewhere in the model. */
    List<Parameter> others() {
        return List.copyOf(others);
    }
}
