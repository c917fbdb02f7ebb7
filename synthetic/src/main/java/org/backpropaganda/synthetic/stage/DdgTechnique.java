package org.backpropaganda.synthetic.stage;

import java.util.List;
import org.backpropaganda.autograd.technique.Usage;

/** {@code ddg}: delayed gradients of graphs that are kept, {@link StageRule#ddg}. */
public final class DdgTechnique extends StagedTechnique {
    @Override
    public String name() {
        return "ddg";
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(this, "modules learn from the graphs of earlier batches, at their weights of then"));
    }

    @Override
    StageRule rule() {
        return StageRule.ddg();
    }
}
