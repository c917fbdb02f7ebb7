package org.example;

import java.util.Optional;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.checkpointing.Checkpoint;

/** A technique: every block is a checkpoint of its own. */
public final class CheckpointEach implements Technique {
    @Override
    public String name() {
        return "each";
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.EXACT;
    }

    @Override
    public Level level() {
        return Level.SEGMENT;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return structure.all(Run.class).stream().anyMatch(run -> run.blocks().size() > 1)
                ? Optional.empty()
                : Optional.of("it has one block, and one checkpoint of all of it saves nothing");
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        return structure.map(part -> part instanceof Run run
                ? run.executed(blocks -> new Sequential(
                        blocks.stream().map(Checkpoint::checkpoint).toList()))
                : part);
    }
}
