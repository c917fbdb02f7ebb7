package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;

/** Modules one after another, each a step of its own. */
final class Chain implements Steps {
    private final List<Module> links;
    private final List<String> names = new ArrayList<>();
    private final int[] earlier;

    /**
     * A chain.
     *
     * @param name what the caller calls a link
     */
    Chain(List<Module> links, Function<Module, String> name) {
        this.links = links;
        this.earlier = new int[links.size()];
        Map<String, Integer> counts = new HashMap<>();
        for (int i = 0; i < links.size(); i++) {
            names.add(name.apply(links.get(i)));
            earlier[i] = counts.merge(names.get(i), 1, Integer::sum) - 1;
        }
    }

    @Override
    public int states(int inputs) {
        return inputs;
    }

    @Override
    public List<Integer> sides(int step) {
        return List.of();
    }

    @Override
    public List<Variable> call(int step, List<Variable> inputs) {
        return links.get(step).call(inputs);
    }

    @Override
    public int count() {
        return links.size();
    }

    @Override
    public boolean isLast(int steps, List<Variable> state) {
        return steps == links.size();
    }

    @Override
    public String name(int step) {
        return names.get(step);
    }

    @Override
    public int earlierCalls(int step) {
        return earlier[step];
    }

    @Override
    public boolean trains(int step) {
        return links.get(step).trainedParameters().stream().anyMatch(Parameter::isTrainable);
    }

    @Override
    public List<List<Parameter>> completing() {
        Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<List<Parameter>> completing = new ArrayList<>();
        for (Module link : links) {
            completing.add(link.trainedParameters().stream().filter(seen::add).toList());
        }
        return completing;
    }
}
