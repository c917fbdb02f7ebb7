package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.ModelCut;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;

/**
 * What all techniques share that cut a model into modules: its one run of blocks is cut into {@code modules} parts of equal
 * size, with what stands in front of and behind it in the first and the last, and a rule at each cut. The result is a {@link
 * DecoupledSequence}. Settings: {@code modules}, 2 where nobody sets it, and {@code update-probability}, 1.
 */
abstract class Decoupling implements Technique {
    private static final String MODULES = "modules";
    private static final String UPDATE_PROBABILITY = "update-probability";
    private static final int USUAL_MODULES = 2;
    private static final int ROWS = 2;
    private static final int IMAGES = 4;

    private final String name;
    private final String meaning;

    /**
     * A technique of a name.
     *
     * @param meaning what it does, as a clause
     */
    Decoupling(String name, String meaning) {
        this.name = name;
        this.meaning = meaning;
    }

    /** The rule at a cut in front of a block. */
    abstract BoundaryRule rule(Cut cut, int block, TechniqueSettings settings);

    /** Why nothing can be cut between sequences, as a clause. */
    String refusalOfSequences() {
        return "nothing predicts gradients of sequences";
    }

    /** Why settings of the technique's own cannot be, as a clause; empty where they can. */
    Optional<String> refusalOf(TechniqueSettings settings) {
        return Optional.empty();
    }

    @Override
    public final String name() {
        return name;
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(this, meaning));
    }

    /** {@code decoupled} speaks for its kin. */
    @Override
    public boolean isUsual() {
        return false;
    }

    @Override
    public final Fidelity fidelity() {
        return Fidelity.APPROXIMATE;
    }

    @Override
    public final Level level() {
        return Level.MODEL;
    }

    private static int modules(TechniqueSettings settings) {
        return settings.number(MODULES, USUAL_MODULES);
    }

    /** How probable it is that a module but the last learns in a step. */
    static double updateProbability(TechniqueSettings settings) {
        return BoundaryRule.requireProbability(settings.real(UPDATE_PROBABILITY, 1));
    }

    static boolean isOfImages(Cut cut) {
        return cut.rank() == IMAGES;
    }

    static long channels(Cut cut, int block) {
        return cut.channels().applyAsLong(block);
    }

    @Override
    public final Optional<String> refusal(Part structure, TechniqueSettings settings) {
        Optional<ModelCut> whole = ModelCut.of(structure);
        if (whole.isPresent()) {
            Cut cut = whole.get().run().cut();
            if (cut == null) {
                return Optional.of("it cannot be cut between its blocks");
            }
            if (cut.rank() != ROWS && cut.rank() != IMAGES) {
                return Optional.of(refusalOfSequences());
            }
            Optional<String> own = refusalOf(settings);
            if (own.isPresent()) {
                return own;
            }
        }
        return ModelCut.refusal(structure, modules(settings));
    }

    @Override
    public final Part arrange(Part structure, TechniqueSettings settings) {
        ModelCut whole = ModelCut.ofArranged(structure);
        Cut cut = Objects.requireNonNull(whole.run().cut());
        int count = modules(settings);
        List<BoundaryRule> rules = new ArrayList<>();
        for (int k = 1; k < count; k++) {
            rules.add(rule(cut, whole.firstBlock(k, count), settings));
        }
        return new Composite(List.copyOf(whole.modules(count, true)), built -> DecoupledSequence.of(built, rules));
    }
}
