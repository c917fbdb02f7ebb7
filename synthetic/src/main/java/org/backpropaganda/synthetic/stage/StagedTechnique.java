package org.backpropaganda.synthetic.stage;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.ModelCut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;

/**
 * The model's one run of blocks cut into {@code modules} parts of equal size that learn from stale gradients, with what stands
 * in front of and behind it in the first and the last: a {@link StagedSequence}. Streams pass from part to part as they are.
 * Settings: {@code modules}, 2 where nobody sets it, and {@code update-probability}, 1.
 */
abstract class StagedTechnique implements Technique {
    private static final String MODULES = "modules";
    private static final String UPDATE_PROBABILITY = "update-probability";
    private static final int USUAL_MODULES = 2;

    /** What is kept, and how long messages take. */
    abstract StageRule rule();

    @Override
    public Fidelity fidelity() {
        return Fidelity.APPROXIMATE;
    }

    @Override
    public Level level() {
        return Level.MODEL;
    }

    @Override
    public boolean isUsual() {
        return false;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return ModelCut.refusal(structure, modules(settings));
    }

    private static int modules(TechniqueSettings settings) {
        return settings.number(MODULES, USUAL_MODULES);
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        double probability = settings.real(UPDATE_PROBABILITY, 1);
        return new Composite(
                List.copyOf(ModelCut.ofArranged(structure).modules(modules(settings), false)),
                built -> new StagedSequence(built, rule()).updating(probability));
    }
}
