package org.backpropaganda.autograd.graph;

import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** The parameters that the gradients of a segment go to: those that it declares, and those that its first run read. */
final class Declared {
    private final List<Parameter> parameters;
    private final Set<Parameter> others = new LinkedHashSet<>();
    private final Map<Parameter, Boolean> trainable = new LinkedHashMap<>();
    private final Set<Parameter> readElsewhere = new HashSet<>();
    private @Nullable Set<Parameter> lookup;

    Declared(List<Parameter> parameters) {
        this.parameters = parameters;
        parameters.forEach(parameter -> trainable.put(parameter, parameter.isTrainable()));
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

    /** What the segment computes has read a parameter, in a call of some module. */
    void read(Parameter parameter, @Nullable Callee reader) {
        if (reader != null && !reader.trains(parameter)) {
            readElsewhere.add(parameter);
        }
        trainable.putIfAbsent(parameter, parameter.isTrainable());
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

    /** A segment inside has read some: those that it does not declare are read here. */
    void readInside(Declared inner) {
        inner.others.forEach(parameter -> read(parameter, null));
        readElsewhere.addAll(inner.readElsewhere);
    }

    /** Whether a module has read a parameter that does not train it, so that its owner does not tell when it is complete. */
    boolean isReadElsewhere(Parameter parameter) {
        return readElsewhere.contains(parameter);
    }

    /**
     * Refuses to differentiate where a parameter was frozen or unfrozen since forward: what a replay records would have some
     * shares of its gradient and not others.
     */
    void checkTrainableAsBefore(String what) {
        trainable.forEach((parameter, before) -> {
            if (parameter.isTrainable() != before) {
                throw new IllegalStateException(what + ": parameter " + parameter + " was "
                        + (before ? "frozen" : "unfrozen") + " between forward and backward; do that between steps");
            }
        });
    }

    /** Those that were read without having been declared: of modules that are registered elsewhere in the model. */
    List<Parameter> others() {
        return List.copyOf(others);
    }
}
