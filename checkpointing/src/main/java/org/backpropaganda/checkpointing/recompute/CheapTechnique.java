package org.backpropaganda.checkpointing.recompute;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;
import org.backpropaganda.autograd.tensor.TensorScope;

/** {@code cheap}: what cheap ops made is computed again in backward, by a {@link RecomputePolicy}. */
public final class CheapTechnique implements Technique {
    @Override
    public String name() {
        return "cheap";
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(this, "computes activations, norms, sums and masks again instead of keeping them"));
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.EXACT;
    }

    @Override
    public Level level() {
        return Level.RECIPE;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return Optional.empty();
    }

    @Override
    public Savings open(TechniqueSettings settings, TensorScope scope) {
        return RecomputeSavings.of(RecomputePolicy.cheap());
    }
}
