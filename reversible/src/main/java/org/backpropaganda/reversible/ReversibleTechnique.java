package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;

/** {@code reversible}: each run of couplings is a {@link ReversibleSequence}, which keeps its outputs alone. */
public final class ReversibleTechnique implements Technique {
    private static final int STREAMS = 2;

    @Override
    public String name() {
        return "reversible";
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
        return structure.map(part ->
                part instanceof Run run && isOfCouplings(run) ? run.executed(ReversibleTechnique::sequence) : part);
    }

    private static boolean isOfCouplings(Run run) {
        return run.streams() == STREAMS;
    }

    private static Module sequence(List<Module> blocks) {
        List<Coupling> couplings = new ArrayList<>();
        for (Module block : blocks) {
            if (!(block instanceof Coupling coupling)) {
                throw new IllegalArgumentException("reversible: block " + couplings.size()
                        + " of a run of two streams is a " + block.getClass().getSimpleName()
                        + ", which is no Coupling and has no inverse; give couplings");
            }
            couplings.add(coupling);
        }
        return new ReversibleSequence(couplings);
    }
}
