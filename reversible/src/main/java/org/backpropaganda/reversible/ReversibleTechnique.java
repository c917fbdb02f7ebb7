package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;

/**
 * {@code reversible}: each run of couplings is a {@link ReversibleSequence}, which keeps its outputs alone, and where the setting
 * {@code anchor-every} is k and not 0, the streams in front of every k-th coupling.
 */
public final class ReversibleTechnique implements Technique {

    @Override
    public String name() {
        return "reversible";
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(this, "reconstructs the inputs of couplings from their outputs"));
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.LOSSY;
    }

    @Override
    public Level level() {
        return Level.RUN;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return structure.all(Run.class).stream().anyMatch(ReversibleTechnique::isOfCouplings)
                ? Optional.empty()
                : Optional.of("x + F(x) is no coupling, so its input cannot be reconstructed");
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        return structure.map(part -> part instanceof Run run && isOfCouplings(run)
                ? run.executed(blocks -> builder(blocks, settings).build())
                : part);
    }

    @Override
    public Optional<BiFunction<List<Module>, List<Variable>, List<Variable>>> reversing(
            Run run, TechniqueSettings settings) {
        return isOfCouplings(run)
                ? Optional.of((blocks, inputs) -> ReversibleSequence.chain(couplings(blocks), inputs))
                : Optional.empty();
    }

    /** Whether a run is of couplings, which alone can be reversed. */
    public static boolean isOfCouplings(Run run) {
        return run.streams() > 1;
    }

    /**
     * The sequence of a run's blocks with the anchors that are set, to be added to.
     *
     * @throws IllegalArgumentException if a block is no coupling; the message names it
     */
    public static ReversibleSequence.Builder builder(List<Module> blocks, TechniqueSettings settings) {
        ReversibleSequence.Builder builder = ReversibleSequence.builder(couplings(blocks));
        int anchorEvery = settings.number("anchor-every", 0);
        return anchorEvery == 0 ? builder : builder.anchorEvery(anchorEvery);
    }

    private static List<Coupling> couplings(List<Module> blocks) {
        List<Coupling> couplings = new ArrayList<>();
        for (Module block : blocks) {
            if (!(block instanceof Coupling coupling)) {
                throw new IllegalArgumentException("reversible: block " + couplings.size()
                        + " of a run of several streams is a "
                        + block.getClass().getSimpleName()
                        + ", which is no Coupling and has no inverse; give couplings");
            }
            couplings.add(coupling);
        }
        return couplings;
    }
}
