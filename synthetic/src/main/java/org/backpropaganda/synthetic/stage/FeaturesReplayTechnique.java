package org.backpropaganda.synthetic.stage;

import java.util.List;
import org.backpropaganda.autograd.technique.Usage;

/** {@code fr}: delayed gradients, computed again from inputs that are kept, {@link StageRule#featuresReplay}. */
public final class FeaturesReplayTechnique extends StagedTechnique {
    @Override
    public String name() {
        return "fr";
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(this, "modules learn from the inputs of earlier batches, computed again"));
    }

    @Override
    StageRule rule() {
        return StageRule.featuresReplay();
    }
}
