package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;

/**
 * The model's one run of blocks cut into {@code modules} parts of equal size that learn from stale gradients, with what stands
 * in front of and behind it in the first and the last: a {@link StagedSequence}. Streams pass from part to part as they are.
 */
abstract class StagedTechnique implements Technique {
    private static final String MODULES = "modules";
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
        if (runOf(structure).isEmpty()) {
            return Optional.of("it is no chain with one run of blocks, which could be cut");
        }
        Chain chain = (Chain) structure;
        Run run = (Run) chain.links().get(runOf(structure).get()).part();
        int modules = modules(settings);
        return modules > run.blocks().size()
                ? Optional.of("modules " + modules + " is more than the "
                        + run.blocks().size() + " blocks of the model")
                : Optional.empty();
    }

    private static int modules(TechniqueSettings settings) {
        return settings.number(MODULES, USUAL_MODULES);
    }

    /** The number of the link that is the one run of a chain. */
    private static Optional<Integer> runOf(Part structure) {
        return structure instanceof Chain chain && structure.all(Run.class).size() == 1
                ? IntStream.range(0, chain.links().size())
                        .filter(link -> chain.links().get(link).part() instanceof Run)
                        .boxed()
                        .findFirst()
                : Optional.empty();
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        Chain chain = (Chain) structure;
        int number = runOf(structure).orElseThrow();
        Chain.Link link = chain.links().get(number);
        Run run = (Run) link.part();
        int count = modules(settings);
        List<Part> modules = new ArrayList<>();
        for (int k = 0; k < count; k++) {
            int from = run.blocks().size() * k / count;
            int to = run.blocks().size() * (k + 1) / count;
            Chain module = k == 0 ? chain.part(0, number) : Chain.empty();
            module = module.with(link.name(), run.part(from, to));
            modules.add(
                    k == count - 1
                            ? module.with(chain.part(number + 1, chain.links().size()))
                            : module);
        }
        return new Composite(modules, built -> new StagedSequence(built, rule()));
    }
}
