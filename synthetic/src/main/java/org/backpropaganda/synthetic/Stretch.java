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

    /** The results of the last module, behind which the boundary carries as many. */
    List<Variable> run(List<Variable> x, @Nullable Variable labels, Boundary end) {
        List<Variable> h = runInner(x, labels, new ArrayList<>());
        int last = modules.size() - 1;
        List<Variable> results = DecoupledSequence.callInner(first + last, modules.get(last), h, end.streams());
        Liveness.letGo(h, x, results);
        return results;
    }

    /**
     * The results of the last module, behind which there is no boundary.
     *
     * @param ports takes up what errors will come through
     */
    List<Variable> runToEnd(List<Variable> x, @Nullable Variable labels, List<Variable> ports) {
        List<Variable> h = runInner(x, labels, ports);
        List<Variable> results = modules.get(modules.size() - 1).call(h);
        Liveness.letGo(h, x, results);
        return results;
    }

    /** What the last module is called with. */
    private List<Variable> runInner(List<Variable> x, @Nullable Variable labels, List<Variable> ports) {
        List<Variable> h = x;
        for (int i = 0; i < between.size(); i++) {
            Boundary boundary = between.get(i);
            List<Variable> next = DecoupledSequence.callInner(first + i, modules.get(i), h, boundary.streams());
            Liveness.letGo(h, x, next);
            List<Variable> crossed = boundary.cross(next, labels, new Boundary.Crossing(rule, factor, ports));
            Liveness.letGo(next, x, crossed);
            h = crossed;
        }
        return h;
    }
}
