package org.backpropaganda.reversible.abn;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Pair;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;

/** {@code abn}: every batch norm with a leaky ReLU behind it is an {@link InPlaceAbn}. */
public final class AbnTechnique implements Technique {
    @Override
    public String name() {
        return "abn";
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(this, "computes batch norm and its activation in place"));
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.LOSSY;
    }

    @Override
    public Level level() {
        return Level.LAYER;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        List<Pair> pairs = structure.all(Pair.class);
        if (pairs.isEmpty()) {
            return Optional.of("it has no batch norm with an activation behind it");
        }
        if (pairs.stream().anyMatch(pair -> slope(pair) == 0)) {
            return Optional.of("it needs leaky ReLU: what ReLU has set to zero cannot be reconstructed");
        }
        return pairs.stream()
                .map(AbnTechnique::slope)
                .filter(slope -> !(slope > 0 && slope <= 1))
                .findFirst()
                .map(slope ->
                        "the slope " + slope + " of a leaky ReLU in it is not within (0, 1], as in-place norms need");
    }

    private static double slope(Pair pair) {
        return pair.isOne() ? 0 : pair.activation().layer().slope();
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        return structure.map(part -> part instanceof Pair pair
                ? pair.fused(InPlaceAbn.fusing(pair.norm(), pair.activation().layer()))
                : part);
    }
}
