package org.backpropaganda.autograd.technique;

import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.nn.Module;

/**
 * A part of a model's neutral structure: what is there, not how it is trained. A model describes itself once, as a tree of
 * parts over layers that it has made, and techniques exchange parts for others.
 *
 * <pre>{@code
 * Part model = Chain.of("stem", stem)
 *         .with("blocks", new Run(blocks))
 *         .with("head", head);
 * Module plain = model.build();
 * Module checkpointed = technique.arrange(model, settings).build();   // the same layers
 * }</pre>
 */
public sealed interface Part permits Layer, Pair, Chain, Composite, Run {
    /** The module that it is. Layers are shared between all modules that are built of it; what joins them is made anew. */
    Module build();

    /** The parts that it is made of, in order. */
    Collection<Part> parts();

    /** The same with other parts for those that it is made of, each changed in the same way. */
    Part withParts(UnaryOperator<Part> change);

    /** The same with every part changed, the innermost first, and itself last. */
    default Part map(UnaryOperator<Part> change) {
        return change.apply(withParts(part -> part.map(change)));
    }

    /** Shows every part to a visitor, itself first. */
    default void visit(Consumer<Part> visitor) {
        visitor.accept(this);
        parts().forEach(part -> part.visit(visitor));
    }

    /** All parts of a kind, itself included, in the order of {@link #visit}. */
    default <P extends Part> List<P> all(Class<P> kind) {
        List<P> found = new ArrayList<>();
        visit(part -> {
            if (kind.isInstance(part)) {
                found.add(kind.cast(part));
            }
        });
        return List.copyOf(found);
    }
}
