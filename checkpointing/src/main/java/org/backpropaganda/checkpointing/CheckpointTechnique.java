package org.backpropaganda.checkpointing;

import java.util.List;
import java.util.Optional;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;

/**
 * {@code checkpoint}: each run of blocks is a {@link CheckpointedSequence} of √n segments that keep their inputs alone. A run
 * that another technique executes as one module has one {@link Checkpoint} around all of it.
 */
public final class CheckpointTechnique implements Technique {
    @Override
    public String name() {
        return "checkpoint";
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(this, "keeps the inputs of √n segments of its blocks, and computes the rest again"));
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
        return structure.all(Run.class).isEmpty() ? Optional.of("it has no run of blocks to cut") : Optional.empty();
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        return structure.map(part -> part instanceof Run run ? checkpointed(run) : part);
    }

    private static Run checkpointed(Run run) {
        return run.isPlain()
                ? run.executed(CheckpointedSequence::new)
                : run.executed(blocks -> Checkpoint.checkpoint(run.execute(blocks)));
    }
}
