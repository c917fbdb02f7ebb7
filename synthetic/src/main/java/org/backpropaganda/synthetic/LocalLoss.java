package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.synthetic.local.LocalObjective;

/**
 * The module in front learns from a loss of its own result, and so does what computes that loss. No gradient crosses the
 * boundary, and nothing is waited for: of the module's graph and the objective's nothing is left when the next module runs.
 *
 * <p>Source: Belilovsky et al. 2020, "Decoupled Greedy Learning of CNNs", § 3; Nøkland and Eidnes 2019, "Training Neural
 * Networks with Local Error Signals", § 2.
 *
 * @param objective of h and the labels
 * @param updateProbability as {@link BoundaryRule#updateProbability}; the objective learns when the module does
 */
public record LocalLoss(LocalObjective objective, double updateProbability) implements BoundaryRule {
    /** Checks the probability. */
    public LocalLoss {
        BoundaryRule.requireProbability(updateProbability);
    }

    /** A loss that the module learns from in every step. */
    public LocalLoss(LocalObjective objective) {
        this(objective, 1);
    }

    /** This rule with a probability of updates. */
    public LocalLoss updating(double probability) {
        return new LocalLoss(objective, probability);
    }

    @Override
    public List<Module> learners() {
        return List.of(objective);
    }

    @Override
    public boolean isConditioned() {
        return true;
    }
}
