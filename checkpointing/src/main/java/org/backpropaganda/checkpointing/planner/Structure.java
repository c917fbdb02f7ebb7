package org.backpropaganda.checkpointing.planner;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.nn.BatchNorm;
import org.backpropaganda.autograd.nn.LeakyRelu;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Layer;
import org.backpropaganda.autograd.technique.Pair;
import org.backpropaganda.autograd.technique.Part;

/** The structure of a model that does not describe itself: its sequences, and in them batch norms with their activations. */
final class Structure {
    private Structure() {}

    static Part of(Module model) {
        return model instanceof Sequential sequence && !sequence.links().isEmpty() ? chain(sequence) : new Layer(model);
    }

    /** Whether a module stands in several places of a sequence: taken apart, each place would have a name of its own. */
    private static boolean isRepeated(Module link, Sequential sequence) {
        return sequence.links().stream().filter(each -> each == link).count() > 1;
    }

    private static Chain chain(Sequential sequence) {
        List<Map.Entry<String, Module>> links =
                new ArrayList<>(sequence.children().entrySet());
        Chain chain = Chain.empty();
        for (int i = 0; i < links.size(); i++) {
            Map.Entry<String, Module> link = links.get(i);
            Module next = i + 1 < links.size() ? links.get(i + 1).getValue() : link.getValue();
            if (link.getValue() instanceof BatchNorm norm
                    && !norm.isRectified()
                    && next instanceof LeakyRelu activation) {
                Pair.NamedActivation named =
                        new Pair.NamedActivation(links.get(i + 1).getKey(), activation);
                chain = chain.with(link.getKey(), new Pair(norm, named, UnaryOperator.identity()));
                i++;
            } else {
                chain = chain.with(
                        link.getKey(),
                        isRepeated(link.getValue(), sequence) ? new Layer(link.getValue()) : of(link.getValue()));
            }
        }
        return chain;
    }
}
