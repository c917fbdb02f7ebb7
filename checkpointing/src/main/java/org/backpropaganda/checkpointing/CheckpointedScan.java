package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.checkpointing.offload.OffloadFile;
import org.backpropaganda.checkpointing.schedule.EvenSegments;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.jspecify.annotations.Nullable;

/**
 * A loop: one module, a recurrent cell or a step of a solver, is called on its own results again and again, and backward
 * computes its steps again from the states that a schedule keeps. The number of steps is given, or the state tells when it is
 * enough. Names, paths, random keys, effects and, at a fixed thread count, every bit are those of a plain loop that calls a
 * module registered as {@code cell}; parameters are shared by all steps.
 *
 * <pre>{@code
 * CheckpointedScan solver = CheckpointedScan.of(step)
 *         .until(state -> state.get(0).toDoubles()[0] < tolerance)
 *         .schedule(online)
 *         .build();
 * List<Variable> last = solver.call(state);
 *
 * CheckpointedScan layer = CheckpointedScan.of(new GruCell(factory, 8, 16, true)).states(1).inputsFirst().steps(100).build();
 * Variable h = layer.call(inputs).get(0);                               // inputs: h0 and 100 of x
 * }</pre>
 *
 * <p>Inputs: the tensors of the first state, and behind them those that single steps read, the first step's first; as many for
 * each. The cell is called on the state and the step's own inputs behind it, and returns the next state, of the same shapes.
 * Results: the last state. What steps are to hand out beside it, let it gather in the state.
 *
 * <p>Source: the loop is JAX's {@code lax.scan} and Equinox's {@code checkpointed_while_loop}. Deviation: results of the
 * single steps are not stacked.
 */
public final class CheckpointedScan extends Module {
    private final Module cell;
    private final Builder plan;
    private final Schedule schedule;
    private final int end;

    private CheckpointedScan(Builder plan) {
        this.plan = plan;
        this.cell = register("cell", plan.cell);
        this.schedule = plan.requireSchedule();
        this.end = plan.done == null ? ScheduledSegment.end(schedule, plan.most) : Integer.MAX_VALUE;
    }

    /** A loop over a module. */
    public static Builder of(Module cell) {
        return new Builder(cell);
    }

    /** Configures a loop. */
    public static final class Builder {
        private final Module cell;
        private int states = -1;
        private boolean ownFirst;
        private int most = -1;
        private @Nullable Predicate<List<Tensor>> done;
        private @Nullable Schedule schedule;
        private @Nullable SavedTensorCodec file;

        private Builder(Module cell) {
            this.cell = cell;
        }

        private Builder(Builder other) {
            cell = other.cell;
            states = other.states;
            ownFirst = other.ownFirst;
            most = other.most;
            done = other.done;
            schedule = other.schedule;
            file = other.file;
        }

        /** How many of the inputs are the state; all, if nothing is said. The others are those of single steps. */
        public Builder states(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("scan: a state of " + count + " tensors; give one or more");
            }
            states = count;
            return this;
        }

        /** The cell takes a step's own inputs in front of the state, as those of this library do. */
        public Builder inputsFirst() {
            ownFirst = true;
            return this;
        }

        /** So many steps; with {@link #until} at most so many, and in an engine without memory just so many. */
        public Builder steps(int count) {
            if (count < 1) {
                throw new IllegalArgumentException("scan: " + count + " steps; give one or more");
            }
            most = count;
            return this;
        }

        /**
         * Steps are taken until the state is told to be the last. The first state is asked too: then no step is taken. There are
         * no inputs of single steps then.
         *
         * @param isDone looks at the tensors of a state, which it must not modify or hold. It must depend on them alone
         */
        public Builder until(Predicate<List<Tensor>> isDone) {
            done = isDone;
            return this;
        }

        /** What is kept; √n segments if nothing is said and the number of steps is given. */
        public Builder schedule(Schedule value) {
            schedule = value;
            return this;
        }

        /** Where the schedule keeps states in a file: one of the caller's, who closes it. */
        public Builder file(OffloadFile value) {
            file = new FileSlots(value);
            return this;
        }

        /** Puts states away that the schedule keeps in a file, and brings back every bit. */
        public Builder file(SavedTensorCodec codec) {
            file = ScheduledSegment.requireExact(codec);
            return this;
        }

        /**
         * The loop.
         *
         * @throws IllegalArgumentException if nothing tells how many steps there are, or the schedule is for another number
         */
        public CheckpointedScan build() {
            if (most < 0 && done == null) {
                throw new IllegalArgumentException("scan: nothing tells how many steps there are; give steps or until");
            }
            return new CheckpointedScan(new Builder(this));
        }

        private Schedule requireSchedule() {
            if (schedule != null) {
                return schedule;
            }
            if (done != null) {
                throw new IllegalArgumentException(
                        "scan: the state tells when to end, so that no schedule fits by itself; give one for an unknown number"
                                + " of steps");
            }
            return new EvenSegments(most, (int) Math.ceil(Math.sqrt(most)));
        }

        private Loop loop(String name, int inputs) {
            int carried = states < 0 ? inputs : states;
            int others = inputs - carried;
            int own = done == null && others > 0 ? others / most : 0;
            if (others < 0 || others != own * Math.max(most, 0)) {
                throw new IllegalArgumentException("scan: " + inputs + " inputs, of which " + carried + " are the state"
                        + (done != null
                                ? "; a loop that ends by itself takes no others"
                                : "; give as many others to each of " + most + " steps"));
            }
            boolean trained = cell.trainedParameters().stream().anyMatch(Parameter::isTrainable);
            return new Loop(cell, name, trained, carried, own, ownFirst, most, done);
        }
    }

    @Override
    protected List<Variable> forward(List<Variable> inputs) {
        Loop loop = plan.loop(nameOf(cell), inputs.size());
        List<Variable> state = inputs.subList(0, loop.states());
        Tape tape = inputs.get(0).tape();
        if (loop.isDone(state)) {
            return state;
        }
        if (!tape.isRecording() || end == 0) {
            return run(loop, 0, state, inputs);
        }
        List<Variable> reached = tape.apply(
                new ScheduledSegment(loop, end, schedule, plan.file, cell.trainedParameters()),
                inputs.subList(0, loop.states() + (plan.done == null ? end * loop.own() : 0)));
        if (plan.done != null || end == plan.most) {
            return reached;
        }
        List<Variable> last = run(loop, end, reached, inputs);
        Liveness.letGo(reached, inputs, last);
        return last;
    }

    private static List<Variable> run(Loop loop, int from, List<Variable> state, List<Variable> inputs) {
        List<Variable> current = state;
        int step = from;
        do {
            List<Variable> arguments = new ArrayList<>(current);
            loop.sides(step).forEach(side -> arguments.add(inputs.get(side)));
            List<Variable> next = loop.call(step, arguments);
            Liveness.letGo(current, state, next);
            current = next;
            step++;
        } while (!loop.isLast(step, current));
        return current;
    }
}
