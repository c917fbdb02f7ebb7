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

/**
 * {@code recompute}: whatever ops make, products of matrices and convolutions too, is computed again for each reader in
 * backward, from the nearest tensor that has to be kept. It saves the most and costs the most of what saves nothing in pieces: a
 * planner takes it where a block would not fit otherwise.
 */
public final class RecomputeTechnique implements Technique {
    /** A convolution, its norm and activation, and the convolution behind them are made in one go; a block with its sum is not. */
    private static final int DEPTH = 4;

    @Override
    public String name() {
        return "recompute";
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(
                this,
                "computes again for each reader what at most " + DEPTH
                        + " ops make of what is kept, convolutions too"));
    }

    @Override
    public boolean isUsual() {
        return false;
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
        return RecomputeSavings.of(RecomputePolicy.of(op -> true).depthLimit(DEPTH));
    }
}
