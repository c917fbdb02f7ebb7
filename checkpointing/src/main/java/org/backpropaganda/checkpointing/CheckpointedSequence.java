package org.backpropaganda.checkpointing;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.checkpointing.offload.OffloadFile;
import org.backpropaganda.checkpointing.schedule.EvenSegments;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * Modules one after another, which keep what a schedule says and are computed again from it. Names, paths, random keys, effects
 * and, at a fixed thread count, every bit are those of a {@link Sequential} of the same modules.
 *
 * <pre>{@code
 * Module body = new CheckpointedSequence(blocks);                        // ⌈√n⌉ segments
 * Module lean = new CheckpointedSequence(blocks, new Revolve(blocks.size(), 3));
 * Module disk = new CheckpointedSequence(blocks, new Multistage(blocks.size(), 2, 4), file);
 * }</pre>
 *
 * <p>Without a schedule: consecutive segments that keep only their inputs. The last segment is kept whole, since
 * backward would compute it again at once. With √n segments of √n modules, both what is kept and what is computed again
 * at a time grow with √n, and no module runs forward more than twice.
 *
 * <p>Source: Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", § 4.1.
 */
public final class CheckpointedSequence extends Module {
    private final List<Module> links;
    private final Schedule schedule;
    private final @Nullable SavedTensorCodec file;
    private final Chain chain;
    private final int end;

    /** ⌈√n⌉ segments. */
    public CheckpointedSequence(List<? extends Module> links) {
        this(links, (int) Math.ceil(Math.sqrt(links.size())));
    }

    /**
     * A given number of segments, of sizes that differ by one at most.
     *
     * @param segments between 1 and the number of links
     */
    public CheckpointedSequence(List<? extends Module> links, int segments) {
        this(links, null, segments(links.size(), segments));
    }

    /**
     * As a schedule says that keeps everything in memory.
     *
     * @param schedule for as many steps as there are links
     * @throws IllegalArgumentException if it is for another number
     */
    public CheckpointedSequence(List<? extends Module> links, Schedule schedule) {
        this(links, null, schedule);
    }

    /**
     * As a schedule says that keeps states in memory and in a file.
     *
     * @param schedule for as many steps as there are links
     * @param file of the caller's, who closes it
     * @throws IllegalArgumentException if the schedule is for another number of steps
     */
    public CheckpointedSequence(List<? extends Module> links, Schedule schedule, OffloadFile file) {
        this(links, new FileSlots(file), schedule);
    }

    /**
     * As a schedule says that keeps states in memory and wherever a codec puts them.
     *
     * @param schedule for as many steps as there are links
     * @param file puts states away that the schedule keeps in a file, and brings back every bit
     * @throws IllegalArgumentException if the schedule is for another number of steps, or the codec loses bits
     */
    public CheckpointedSequence(List<? extends Module> links, Schedule schedule, SavedTensorCodec file) {
        this(links, file, schedule);
    }

    private CheckpointedSequence(List<? extends Module> links, @Nullable SavedTensorCodec file, Schedule schedule) {
        if (links.isEmpty()) {
            throw new IllegalArgumentException("checkpointed sequence: there are no links; give one or more");
        }
        this.links = List.copyOf(links);
        this.schedule = schedule;
        this.file = ScheduledSegment.requireExact(file);
        for (int i = 0; i < links.size(); i++) {
            register(Integer.toString(i), links.get(i));
        }
        this.chain = new Chain(this.links, this::nameOf);
        this.end = ScheduledSegment.end(schedule, links.size());
    }

    private static Schedule segments(int links, int segments) {
        if (links == 0 || segments < 1 || segments > links) {
            throw new IllegalArgumentException("checkpointed sequence: " + segments + " segments of " + links
                    + " links; give between 1 and the number of links");
        }
        return new EvenSegments(links, segments);
    }

    /**
     * The first link of a segment; of the one after the last, the number of links.
     *
     * @throws IllegalStateException if the sequence follows another schedule
     */
    public int start(int segment) {
        if (schedule instanceof EvenSegments even) {
            return even.start(segment);
        }
        throw new IllegalStateException("checkpointed sequence: the schedule " + schedule.name() + " has no segments");
    }

    /** The schedule that it follows. */
    public Schedule schedule() {
        return schedule;
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Tape tape = inputs.get(0).tape();
        if (!tape.isRecording() || end == 0) {
            return Sequential.chain(links, inputs);
        }
        List<Variable> reached = tape.apply(new ScheduledSegment(chain, end, schedule, file, parameters(end)), inputs);
        if (end == links.size()) {
            return reached;
        }
        List<Variable> results = Sequential.chain(links.subList(end, links.size()), reached);
        Liveness.letGo(reached, inputs, results);
        return results;
    }

    private List<Parameter> parameters(int links) {
        Set<Parameter> all = new LinkedHashSet<>();
        this.links.subList(0, links).forEach(link -> all.addAll(link.trainedParameters()));
        return List.copyOf(all);
    }
}
