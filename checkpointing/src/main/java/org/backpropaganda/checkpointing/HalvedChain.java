package org.backpropaganda.checkpointing;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;

/** A sequence whose first half is computed again in backward, and whose second half is kept: names and keys are its own. */
final class HalvedChain extends Module {
    private final List<Module> links;
    private final List<Parameter> again;

    HalvedChain(Sequential sequence) {
        sequence.children().forEach(this::register);
        this.links = sequence.links();
        Set<Parameter> parameters = new LinkedHashSet<>();
        front().forEach(link -> parameters.addAll(link.trainedParameters()));
        this.again = List.copyOf(parameters);
    }

    private List<Module> front() {
        return links.subList(0, links.size() / 2);
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        List<Module> front = front();
        List<Variable> middle = Checkpoint.call(
                x -> Sequential.chain(front.subList(0, front.size() - 1), x),
                front.get(front.size() - 1)::call,
                again,
                inputs);
        List<Variable> results = Sequential.chain(links.subList(front.size(), links.size()), middle);
        Liveness.letGo(middle, inputs, results);
        return results;
    }
}
