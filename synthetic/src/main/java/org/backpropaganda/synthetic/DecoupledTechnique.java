package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.backpropaganda.autograd.nn.Module;
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
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.Predictors;

/**
 * {@code decoupled}: the model's one run of blocks is cut into {@code modules} parts of equal size, with what stands in
 * front of and behind it in the first and the last, and a linear predictor of the gradient at each cut: a
 * {@link DecoupledSequence}.
 */
public final class DecoupledTechnique implements Technique {
    private static final String MODULES = "modules";
    private static final int USUAL_MODULES = 2;
    private static final int ROWS = 2;
    private static final int IMAGES = 4;

    @Override
    public String name() {
        return "decoupled";
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(this, "cuts the model into modules, each with a predicted gradient"));
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.APPROXIMATE;
    }

    @Override
    public Level level() {
        return Level.MODEL;
    }

    private static String word(TechniqueSettings settings) {
        return settings.word(Predictors.SETTING).orElse(Predictors.LINEAR);
    }

    private static int modules(TechniqueSettings settings) {
        return settings.number(MODULES, USUAL_MODULES);
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
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
            return Optional.of("nothing predicts gradients of sequences");
        }
        if (!Predictors.words().contains(word(settings))) {
            return Optional.of(
                    "predictor '" + word(settings) + "' is none: choose " + String.join(" or ", Predictors.words()));
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
    public Part arrange(Part structure, TechniqueSettings settings) {
        Chain chain = (Chain) structure;
        int number = runOf(structure);
        Chain.Link link = chain.links().get(number);
        Run run = (Run) link.part();
        Cut cut = Objects.requireNonNull(run.cut());
        int count = modules(settings);
        List<Part> modules = new ArrayList<>();
        List<GradientPredictor> predictors = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            int from = run.blocks().size() * k / count;
            int to = run.blocks().size() * (k + 1) / count;
            if (k > 0) {
                predictors.add(Predictors.of(word(settings), cut, from, true, settings.factory()));
            }
            modules.add((k == 0 ? chain.part(0, number) : cut.opening())
                    .with(link.name(), run.part(from, to))
                    .with(k == count - 1 ? chain.part(number + 1, chain.links().size()) : cut.closing()));
        }
        return new Composite(modules, built -> sequence(built, predictors));
    }

    private static Module sequence(List<Module> modules, List<GradientPredictor> predictors) {
        return new DecoupledSequence(modules, predictors);
    }
}
