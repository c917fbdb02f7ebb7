package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.jspecify.annotations.Nullable;

/**
 * Modules one after another that are differentiated together: between them gradients wait, behind the last they do not.
 *
 * @param first the number of the first
 * @param between the boundaries between them, one fewer than modules
 * @param factor of the gradients that come from behind
 */
record Stretch(int first, List<Module> modules, List<Boundary> between, UpdateRule rule, double factor) {

    /** Whether a boundary in it looks at labels. */
    boolean isConditioned() {
        return between.stream().anyMatch(boundary -> boundary.rule().isConditioned());
    }

    /** The parameters that gradients of its modules and of what learns between them go to. */
    List<Parameter> parameters() {
        List<Parameter> all = new ArrayList<>();
        modules.forEach(module -> all.addAll(module.trainedParameters()));
        between.forEach(boundary -> all.addAll(boundary.parameters().values()));
        return all;
    }

    /** The result of the last module. */
    Variable run(Variable x, @Nullable Variable labels) {
        return run(x, labels, modules.size(), new ArrayList<>());
    }

    /**
     * The results of the last module, which may be several.
     *
     * @param ports takes up what errors will come through
     */
    List<Variable> runToEnd(Variable x, @Nullable Variable labels, List<Variable> ports) {
        int last = modules.size() - 1;
        Variable h = run(x, labels, last, ports);
        if (last > 0) {
            Variable crossed = between.get(last - 1).cross(h, labels, new Boundary.Crossing(rule, factor, ports));
            Liveness.letGo(List.of(h), List.of(x), List.of(crossed));
            h = crossed;
        }
        List<Variable> results = modules.get(last).call(List.of(h));
        Liveness.letGo(List.of(h), List.of(x), results);
        return results;
    }

    /** The first modules, and what lies between those. */
    private Variable run(Variable x, @Nullable Variable labels, int count, List<Variable> ports) {
        Variable h = x;
        for (int i = 0; i < count; i++) {
            if (i > 0) {
                Variable crossed = between.get(i - 1).cross(h, labels, new Boundary.Crossing(rule, factor, ports));
                Liveness.letGo(List.of(h), List.of(x), List.of(crossed));
                h = crossed;
            }
            Variable next = DecoupledSequence.callInner(first + i, modules.get(i), h);
            Liveness.letGo(List.of(h), List.of(x), List.of(next));
            h = next;
        }
        return h;
    }
}
