package org.backpropaganda.autograd.nn;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Variable;

/**
 * Modules one after another. What one returns is let go as soon as the next has returned; what backward needs of it
 * stays with the tape.
 */
public final class Sequential extends Module {
    private final List<Module> links;

    /** Links named by their number. */
    public Sequential(Module... links) {
        this(List.of(links));
    }

    /** Links named by their number. */
    public Sequential(List<? extends Module> links) {
        this(numbered(links));
    }

    /** Named links, in the order of the map. */
    public Sequential(Map<String, ? extends Module> named) {
        named.forEach(this::register);
        links = List.copyOf(named.values());
    }

    private static Map<String, Module> numbered(List<? extends Module> links) {
        Map<String, Module> named = new LinkedHashMap<>();
        for (Module link : links) {
            named.put(Integer.toString(named.size()), link);
        }
        return named;
    }

    /** The links in order. */
    public List<Module> links() {
        return links;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        return chain(links, inputs);
    }

    /**
     * Calls modules one after another, within the call of the module that they are registered with, letting go of what
     * lies between them.
     */
    public static List<Variable> chain(List<? extends Module> links, List<Variable> inputs) {
        List<Variable> current = inputs;
        for (Module link : links) {
            List<Variable> next = link.call(current);
            Liveness.letGo(current, inputs, next);
            current = next;
        }
        return current;
    }
}
