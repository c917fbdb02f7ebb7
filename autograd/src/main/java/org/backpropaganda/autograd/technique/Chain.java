package org.backpropaganda.autograd.technique;

import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;

/**
 * Named parts one after another: a {@link Sequential}.
 *
 * @param links in order, with different names
 */
public record Chain(List<Link> links) implements Part {

    /** A part and its name in the chain. */
    public record Link(String name, Part part) {}

    /** Copies the links. */
    public Chain {
        links = List.copyOf(links);
    }

    /** A chain of nothing yet. */
    public static Chain empty() {
        return new Chain(List.of());
    }

    /** The chain with a part behind it. */
    public Chain with(String name, Part part) {
        return with(new Link(name, part));
    }

    /** The chain with a link behind it. */
    public Chain with(Link link) {
        return with(new Chain(List.of(link)));
    }

    /** The chain with a layer behind it. */
    public Chain with(String name, Module layer) {
        return with(name, new Layer(layer));
    }

    /** The chain with all links of another behind it. */
    public Chain with(Chain other) {
        List<Link> longer = new ArrayList<>(links);
        longer.addAll(other.links);
        return new Chain(longer);
    }

    /** The links from one number to another, the latter not among them. */
    public Chain part(int from, int to) {
        return new Chain(links.subList(from, to));
    }

    @Override
    public Module build() {
        Map<String, Module> modules = new LinkedHashMap<>();
        for (Link link : links) {
            if (link.part() instanceof Pair pair && !pair.isOne()) {
                put(modules, link.name(), pair.norm());
                put(modules, pair.activation().name(), pair.last());
            } else {
                put(modules, link.name(), link.part().build());
            }
        }
        return new Sequential(modules);
    }

    private static void put(Map<String, Module> modules, String name, Module module) {
        if (modules.put(name, module) != null) {
            throw new IllegalArgumentException("chain: two links are named " + name + "; give them different names");
        }
    }

    @Override
    public Collection<Part> parts() {
        return links.stream().map(Link::part).toList();
    }

    @Override
    public Part withParts(UnaryOperator<Part> change) {
        return new Chain(links.stream()
                .map(link -> new Link(link.name(), change.apply(link.part())))
                .toList());
    }
}
