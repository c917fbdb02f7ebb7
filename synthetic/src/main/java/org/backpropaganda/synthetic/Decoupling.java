package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Cut;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
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
        String written = settings.word(UPDATE_PROBABILITY).orElse("1");
        try {
            return BoundaryRule.requireProbability(Double.parseDouble(written));
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(
                    UPDATE_PROBABILITY + " " + written + " is no number; give one above 0 and at most 1", e);
        }
    }

    static boolean isOfImages(Cut cut) {
        return cut.rank() == IMAGES;
    }

    static long channels(Cut cut, int block) {
        return cut.channels().applyAsLong(block);
    }

    @Override
    public final Optional<String> refusal(Part structure, TechniqueSettings settings) {
        int number = runOf(structure);
        if (number < 0) {
            return Optional.of("it is no chain with one run of blocks, which could be cut");
        }
        Run run = (Run) ((Chain) structure).links().get(number).part();
        Cut cut = run.cut();
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
        return modules(settings) > run.blocks().size()
                ? Optional.of("modules " + modules(settings) + " is more than the "
                        + run.blocks().size() + " blocks of the model")
                : Optional.empty();
    }

    /** The number of the link that is the one run of a chain; -1 for none. */
    private static int runOf(Part structure) {
        if (!(structure instanceof Chain chain) || structure.all(Run.class).size() != 1) {
            return -1;
        }
        for (int i = 0; i < chain.links().size(); i++) {
            if (chain.links().get(i).part() instanceof Run) {
                return i;
            }
        }
        return -1;
    }

    @Override
    public final Part arrange(Part structure, TechniqueSettings settings) {
        int number = runOf(structure);
        if (number < 0) {
            throw new IllegalArgumentException(
                    "another technique has cut the model into modules already; name one of the two");
        }
        Chain chain = (Chain) structure;
        Chain.Link link = chain.links().get(number);
        Run run = (Run) link.part();
        Cut cut = Objects.requireNonNull(run.cut());
        int count = modules(settings);
        List<Part> modules = new ArrayList<>();
        List<BoundaryRule> rules = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            int from = run.blocks().size() * k / count;
            int to = run.blocks().size() * (k + 1) / count;
            if (k > 0) {
                rules.add(rule(cut, from, settings));
            }
            modules.add((k == 0 ? chain.part(0, number) : cut.opening())
                    .with(link.name(), run.part(from, to))
                    .with(k == count - 1 ? chain.part(number + 1, chain.links().size()) : cut.closing()));
        }
        return new Composite(modules, built -> DecoupledSequence.of(built, rules));
    }
}
