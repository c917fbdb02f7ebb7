package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.checkpointing.Checkpoint;

/**
 * Modules one after another, some kept, some computed again, some executed as one. Names, paths and random keys are those of a
 * {@link org.backpropaganda.autograd.nn.Sequential} of the same modules.
 */
final class PlannedSequence extends Module {
    /** Some of the links, and how they are executed. */
    sealed interface Stretch permits Call, Again, AsOne {}

    /** A link that keeps what it saves. */
    record Call(int link) implements Stretch {}

    /**
     * Links that are computed again.
     *
     * @param to the link behind the last one
     * @param stretches how they are executed then
     */
    record Again(int from, int to, List<Stretch> stretches) implements Stretch {}

    /**
     * Links that are executed as one.
     *
     * @param to the link behind the last one
     */
    record AsOne(int from, int to, BiFunction<List<Module>, List<Variable>, List<Variable>> executor)
            implements Stretch {}

    private final List<Module> links;
    private final List<Stretch> stretches;
    private final boolean inner;

    /**
     * Named links and how they are executed.
     *
     * @param inner whether it stands in another one, which has no use for its inputs any more
     */
    PlannedSequence(List<String> names, List<Module> links, List<Stretch> stretches, boolean inner) {
        this.links = List.copyOf(links);
        this.stretches = List.copyOf(stretches);
        this.inner = inner;
        for (int i = 0; i < links.size(); i++) {
            register(names.get(i), links.get(i));
        }
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        return run(stretches, inputs, inner ? List.of() : inputs);
    }

    /**
     * Executes stretches one after another.
     *
     * @param stay what others need
     */
    private List<Variable> run(List<Stretch> all, List<Variable> inputs, List<Variable> stay) {
        List<Variable> current = inputs;
        for (Stretch stretch : all) {
            List<Variable> next = run(stretch, current);
            Liveness.letGo(current, stay, next);
            current = next;
        }
        return current;
    }

    private List<Variable> run(Stretch stretch, List<Variable> inputs) {
        if (stretch instanceof Call call) {
            return links.get(call.link()).call(inputs);
        }
        if (stretch instanceof AsOne one) {
            return one.executor().apply(links.subList(one.from(), one.to()), inputs);
        }
        Again again = (Again) stretch;
        List<Stretch> front = again.stretches();
        UnaryOperator<List<Variable>> last = UnaryOperator.identity();
        if (front.get(front.size() - 1) instanceof Call call) {
            front = front.subList(0, front.size() - 1);
            last = links.get(call.link())::call;
        }
        List<Stretch> first = front;
        return Checkpoint.call(
                entered -> run(first, entered, entered.get(0).tape().isRecording() ? List.of() : entered),
                last,
                parameters(again),
                inputs);
    }

    private List<Parameter> parameters(Again again) {
        Set<Parameter> all = new LinkedHashSet<>();
        links.subList(again.from(), again.to()).forEach(link -> all.addAll(link.trainedParameters()));
        return new ArrayList<>(all);
    }
}
