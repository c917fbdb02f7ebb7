package org.backpropaganda.synthetic.stage;

import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.Usage;

/**
 * {@code petra}: delayed gradients of streams that are reconstructed, {@link StageRule#petra}; with an argument, what is kept
 * all the same: {@code petra:products}, {@code petra:inputs}, {@code petra:weights} or {@code petra:inputs/weights}.
 */
public final class PetraTechnique extends StagedTechnique {
    private static final String PRODUCTS = "products";
    private static final String INPUTS = "inputs";
    private static final String WEIGHTS = "weights";

    private final Set<String> kept;

    /** Keeps nothing. */
    public PetraTechnique() {
        this(Set.of());
    }

    private PetraTechnique(Set<String> kept) {
        this.kept = kept;
    }

    @Override
    public String name() {
        return "petra";
    }

    @Override
    public String term() {
        return kept.isEmpty() ? name() : name() + ":" + String.join("/", kept);
    }

    @Override
    public List<Usage> usages() {
        return List.of(
                Usage.of(this, "modules run at once and learn from what they reconstruct of earlier batches"),
                new Usage("petra:products|inputs|weights", "petra that keeps some of these, joined by '/'"));
    }

    @Override
    public Technique with(String argument) {
        Set<String> all = new LinkedHashSet<>(Arrays.asList(argument.split("/", -1)));
        if (!Set.of(PRODUCTS, INPUTS, WEIGHTS).containsAll(all)) {
            throw new IllegalArgumentException(
                    "petra keeps products, inputs or weights, joined by '/', not '" + argument + "'");
        }
        return new PetraTechnique(all);
    }

    @Override
    StageRule rule() {
        return StageRule.petra(kept.contains(PRODUCTS), !kept.contains(INPUTS), !kept.contains(WEIGHTS));
    }
}
