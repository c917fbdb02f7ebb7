package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.technique.Chain;
import org.backpropaganda.autograd.technique.Composite;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Run;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;
import org.backpropaganda.checkpointing.schedule.ScheduleKind;
import org.backpropaganda.checkpointing.schedule.ScheduleSetting;
import org.jspecify.annotations.Nullable;

/**
 * {@code checkpoint}: each run of blocks is a {@link CheckpointedSequence} of √n segments that keep their inputs alone, or, as
 * {@code checkpoint:revolve=5}, one that follows a schedule by its {@link ScheduleKind} in memory. A run that another technique
 * executes as one module has one {@link Checkpoint} around all of it, and takes no schedule.
 */
public final class CheckpointTechnique implements Technique {
    private final @Nullable String schedule;

    /** Of √n segments. */
    public CheckpointTechnique() {
        this(null);
    }

    private CheckpointTechnique(@Nullable String schedule) {
        this.schedule = schedule;
    }

    @Override
    public String name() {
        return "checkpoint";
    }

    @Override
    public String term() {
        return schedule == null ? name() : name() + ":" + schedule;
    }

    @Override
    public List<Usage> usages() {
        List<Usage> usages = new ArrayList<>();
        usages.add(Usage.of(this, "keeps the inputs of √n segments of its blocks, and computes the rest again"));
        kinds().forEach(kind ->
                usages.add(new Usage(name() + ":" + written(kind), "the same by " + kind.description())));
        return usages;
    }

    /** What needs no file. */
    private static List<ScheduleKind> kinds() {
        return ScheduleKind.all().stream().filter(kind -> !kind.usesFile()).toList();
    }

    private static String written(ScheduleKind kind) {
        return kind.settings().isEmpty()
                ? kind.word()
                : kind.settings().stream()
                        .map(ScheduleSetting::placeholder)
                        .collect(Collectors.joining("/", kind.word() + "=", ""));
    }

    @Override
    public Technique with(String argument) {
        ScheduleKind kind = ScheduleKind.of(argument.substring(0, (argument + "=").indexOf('=')));
        if (kind.usesFile()) {
            throw new IllegalArgumentException(kind.word() + " keeps states in a file, which a strategy has not");
        }
        return new CheckpointTechnique(argument);
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
        List<Run> runs = structure.all(Run.class);
        if (runs.isEmpty()) {
            return Optional.of("it has no run of blocks to cut");
        }
        if (schedule != null) {
            try {
                runs.forEach(run -> ScheduleKind.parse(schedule, run.blocks().size()));
            } catch (IllegalArgumentException e) {
                return Optional.of(String.valueOf(e.getMessage()));
            }
        }
        return Optional.empty();
    }

    @Override
    public Part arrange(Part structure, TechniqueSettings settings) {
        return structure.map(part -> part instanceof Run run ? checkpointed(run) : part);
    }

    /** The first half of every chain in the block is computed again, where there is one that no planner can cut. */
    @Override
    public Optional<Part> block(Part block, TechniqueSettings settings) {
        if (schedule != null
                || block instanceof Chain
                || block.all(Chain.class).stream().noneMatch(CheckpointTechnique::hasHalves)) {
            return Optional.empty();
        }
        return Optional.of(block.map(part -> part instanceof Chain chain && hasHalves(chain)
                ? new Composite(List.of(chain), parts -> new HalvedChain((Sequential) parts.get(0)))
                : part));
    }

    private static boolean hasHalves(Chain chain) {
        return chain.links().size() > 1;
    }

    private Run checkpointed(Run run) {
        if (!run.isPlain()) {
            if (schedule != null) {
                throw new IllegalArgumentException(term()
                        + " orders blocks one by one, and another technique executes them as one; write checkpoint");
            }
            return run.executed(blocks -> Checkpoint.checkpoint(run.execute(blocks)));
        }
        return run.executed(
                schedule == null
                        ? CheckpointedSequence::new
                        : blocks -> new CheckpointedSequence(blocks, ScheduleKind.parse(schedule, blocks.size())));
    }
}
