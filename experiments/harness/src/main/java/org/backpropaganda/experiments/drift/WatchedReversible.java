package org.backpropaganda.experiments.drift;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.reversible.DriftMonitor;
import org.backpropaganda.reversible.ReversibleSequence;
import org.backpropaganda.reversible.ReversibleTechnique;
import org.jspecify.annotations.Nullable;

/** The technique {@code reversible} of a model of one run of couplings, with a place to look on. */
final class WatchedReversible implements Technique {
    private final ReversibleTechnique plain = new ReversibleTechnique();
    private final Set<Integer> anchors;
    private final @Nullable DriftMonitor monitor;
    private @Nullable ReversibleSequence sequence;
    private @Nullable Entrance entrance;

    /** Is shown the streams in front of the first coupling. */
    @FunctionalInterface
    interface Entrance {
        void streams(List<Variable> streams);
    }

    /**
     * A technique for one model.
     *
     * @param anchors beside those of the setting {@code anchor-every}
     * @param monitor of the way back, or null
     */
    WatchedReversible(Set<Integer> anchors, @Nullable DriftMonitor monitor) {
        this.anchors = anchors;
        this.monitor = monitor;
    }

    void listen(Entrance listener) {
        entrance = listener;
    }

    /** The sequence of the model that it arranged last. */
    ReversibleSequence sequence() {
        ReversibleSequence made = sequence;
        if (made == null) {
            throw new IllegalStateException("no model was arranged");
        }
        return made;
    }

    @Override
    public String name() {
        return plain.name();
    }

    @Override
    public Fidelity fidelity() {
        return plain.fidelity();
    }

    @Override
    public Level level() {
        return plain.level();
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return plain.refusal(structure, settings);
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        return structure.map(part -> part instanceof Run run && ReversibleTechnique.isOfCouplings(run)
                ? run.executed(blocks -> new Watched(made(blocks, settings)))
                : part);
    }

    private ReversibleSequence made(List<Module> blocks, TechniqueSettings settings) {
        if (sequence != null) {
            throw new UserException("the model has several runs of couplings, and drift is shown of one");
        }
        ReversibleSequence.Builder builder =
                ReversibleTechnique.builder(blocks, settings).anchors(anchors);
        if (monitor != null) {
            builder.monitor(monitor);
        }
        ReversibleSequence made = builder.build();
        sequence = made;
        return made;
    }

    /** Adds nothing to names, paths and keys. */
    private final class Watched extends Module {
        private final Module module;

        Watched(Module module) {
            this.module = register("", module);
        }

        @Override
        protected List<Variable> forward(List<Variable> streams) {
            if (entrance != null) {
                entrance.streams(streams);
            }
            return module.call(streams);
        }
    }
}
