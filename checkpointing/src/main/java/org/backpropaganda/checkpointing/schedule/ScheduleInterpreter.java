package org.backpropaganda.checkpointing.schedule;

import java.util.Arrays;
import java.util.BitSet;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Executes a schedule without a tensor: follows which state is in hands, what lies where and what is reversed, counts the
 * costs, and refuses the first action that cannot be done by its number, itself and the reason.
 *
 * <pre>{@code
 * ScheduleCosts costs = ScheduleInterpreter.run(new Revolve(10, 3), 10, Map.of(Storage.RAM, 3));
 * costs.forwardSteps();                   // 25
 * }</pre>
 *
 * <p>The rules. A forward run begins at the state in hands and ends no further than at what is reversed already; before
 * {@link Action.EndForward} at the end of the chain. A reversal comes behind {@link Action.EndForward}, follows on from the
 * last one, and has the adjoint data of its steps in {@link Storage#WORK}. What is copied, moved or freed is there, and where
 * it goes there is room: hands are empty, the place does not hold that data already, and no more slots are taken than there
 * are. In the end all steps are reversed and nothing is left anywhere.
 *
 * <p>Cost: constant time for an action and for each step that it records; a few bytes for each step of the chain.
 */
public final class ScheduleInterpreter {
    private static final int NOTHING = -1;

    private final int steps;
    private final Map<Storage, Integer> limits;
    /** How much more often than the step before each step is computed. */
    private final int[] more;

    private final Map<Storage, Map<Data, BitSet>> kept = new EnumMap<>(Storage.class);
    private final Map<Storage, Integer> taken = new EnumMap<>(Storage.class);
    private final Map<Storage, Integer> peaks = new EnumMap<>(Storage.class);
    private final Map<Storage, ScheduleCosts.Traffic> writes = new EnumMap<>(Storage.class);
    private final Map<Storage, ScheduleCosts.Traffic> reads = new EnumMap<>(Storage.class);
    private final BitSet recorded = new BitSet();
    private int hands;
    private int reversed;
    private int reached;
    private boolean forwardEnded;
    private long forwardSteps;
    private long actions;

    /**
     * Before the first action: the state in front of step 0 is in hands.
     *
     * @param steps of the chain
     * @param limits how many slots a storage has; those that are not named have no limit
     */
    public ScheduleInterpreter(int steps, Map<Storage, Integer> limits) {
        this.steps = Steps.check(steps);
        this.limits = new HashMap<>(limits);
        this.more = new int[steps + 1];
        this.reversed = steps;
        for (Storage storage : new Storage[] {Storage.RAM, Storage.FILE}) {
            kept.put(storage, Map.of(Data.RESTART, new BitSet(), Data.ADJOINT, new BitSet()));
            taken.put(storage, 0);
            peaks.put(storage, 0);
            writes.put(storage, ScheduleCosts.Traffic.NONE);
            reads.put(storage, ScheduleCosts.Traffic.NONE);
        }
    }

    /**
     * Runs a schedule from its first action to its last.
     *
     * @throws BrokenScheduleException at the first action that cannot be done, or if something is missing in the end
     */
    public static ScheduleCosts run(Schedule schedule, int steps, Map<Storage, Integer> limits) {
        return run(schedule, steps, limits, action -> {});
    }

    /**
     * Runs a schedule, and shows each action once it has been found good.
     *
     * @throws BrokenScheduleException at the first action that cannot be done, or if something is missing in the end
     */
    public static ScheduleCosts run(
            Schedule schedule, int steps, Map<Storage, Integer> limits, Consumer<? super Action> good) {
        ScheduleInterpreter interpreter = new ScheduleInterpreter(steps, limits);
        Schedule.Course course = schedule.begin();
        boolean told = false;
        for (Action action = course.next(); action != null; action = course.next()) {
            interpreter.act(action);
            good.accept(action);
            if (!told && interpreter.reached == steps) {
                course.ended(steps);
                told = true;
            }
        }
        return interpreter.end();
    }

    /**
     * Does one action.
     *
     * @throws BrokenScheduleException if it cannot be done
     */
    public void act(Action action) {
        actions++;
        if (action instanceof Action.Forward forward) {
            forward(forward);
        } else if (action instanceof Action.EndForward) {
            endForward(action);
        } else if (action instanceof Action.Reverse reverse) {
            reverse(reverse);
        } else if (action instanceof Action.Copy copy) {
            transfer(copy, copy.step(), copy.from(), copy.to(), copy.data(), false);
        } else if (action instanceof Action.Move move) {
            transfer(move, move.step(), move.from(), move.to(), move.data(), true);
        } else if (action instanceof Action.Free free) {
            take(free, free.step(), free.storage(), free.data());
        }
    }

    /**
     * Behind the last action.
     *
     * @throws BrokenScheduleException if steps are not reversed, or data is left
     */
    public ScheduleCosts end() {
        if (!forwardEnded) {
            throw new BrokenScheduleException(
                    actions, null, "the forward never ended; it has reached step " + reached + " of " + steps);
        }
        if (reversed > 0) {
            throw new BrokenScheduleException(actions, null, "steps 0 to " + (reversed - 1) + " are not reversed");
        }
        kept.forEach((storage, all) -> all.forEach((data, left) -> {
            if (!left.isEmpty()) {
                throw new BrokenScheduleException(
                        actions, null, data + " data of step " + left.nextSetBit(0) + " is left in " + storage);
            }
        }));
        int most = Arrays.stream(computed()).max().orElseThrow();
        return new ScheduleCosts(forwardSteps, most, peaks, writes, reads);
    }

    /** How often each step was computed so far. */
    public int[] computed() {
        int[] computed = Arrays.copyOf(more, steps);
        Arrays.parallelPrefix(computed, Integer::sum);
        return computed;
    }

    private void forward(Action.Forward forward) {
        require(hands != NOTHING, forward, () -> "no state is in hands");
        require(hands == forward.from(), forward, () -> "the state in hands is that of step " + hands);
        require(forward.to() <= steps, forward, () -> "the chain has " + steps + " steps");
        require(forward.to() <= reversed, forward, () -> "steps from " + reversed + " on are reversed already");
        Storage storage = forward.storage();
        if (forward.writeRestart()) {
            require(storage != Storage.WORK, forward, () -> "the state in hands moves on; RAM or FILE can keep one");
            put(forward, forward.from(), storage, Data.RESTART);
        }
        for (int step = forward.from(); forward.writeAdjoint() && step < forward.to(); step++) {
            put(forward, step, storage, Data.ADJOINT);
        }
        more[forward.from()]++;
        more[forward.to()]--;
        forwardSteps += forward.steps();
        hands = forward.to();
        reached = Math.max(reached, hands);
    }

    private void endForward(Action action) {
        require(!forwardEnded, action, () -> "the forward has ended already");
        require(
                hands == steps,
                action,
                () -> "the result is not in hands; the forward has reached step " + reached + " of " + steps);
        forwardEnded = true;
        hands = NOTHING;
    }

    private void reverse(Action.Reverse reverse) {
        require(forwardEnded, reverse, () -> "the forward has not ended");
        require(reverse.from() == reversed, reverse, () -> "steps are reversed down to " + reversed);
        for (int step = reverse.from() - 1; step >= reverse.to(); step--) {
            int each = step;
            require(recorded.get(step), reverse, () -> "adjoint data of step " + each + " is not in WORK");
            recorded.clear(step);
        }
        reversed = reverse.to();
        hands = NOTHING;
    }

    private void transfer(Action action, int step, Storage from, Storage to, Data data, boolean move) {
        require(from != to, action, () -> "it lies there already");
        require(to != Storage.NONE, action, () -> "NONE keeps nothing; free lets data go");
        require(holds(step, from, data), action, () -> "no " + data + " data of step " + step + " is in " + from);
        require(step < reversed, action, () -> "steps from " + reversed + " on are reversed already, and need no data");
        if (move) {
            remove(step, from, data);
        }
        if (reads.containsKey(from)) {
            reads.computeIfPresent(from, (storage, traffic) -> traffic.and(data));
        }
        put(action, step, to, data);
    }

    private void take(Action action, int step, Storage storage, Data data) {
        require(holds(step, storage, data), action, () -> "no " + data + " data of step " + step + " is in " + storage);
        remove(step, storage, data);
    }

    private boolean holds(int step, Storage storage, Data data) {
        if (step < 0) {
            return false;
        }
        return switch (storage) {
            case RAM, FILE -> kept(storage, data).get(step);
            case WORK -> data == Data.RESTART ? hands == step : recorded.get(step);
            case NONE -> false;
        };
    }

    private void remove(int step, Storage storage, Data data) {
        if (storage != Storage.WORK) {
            kept(storage, data).clear(step);
            taken.merge(storage, -1, Integer::sum);
        } else if (data == Data.RESTART) {
            hands = NOTHING;
        } else {
            recorded.clear(step);
        }
    }

    private void put(Action action, int step, Storage storage, Data data) {
        if (storage == Storage.WORK) {
            if (data == Data.RESTART) {
                require(hands == NOTHING, action, () -> "the state of step " + hands + " is in hands");
                hands = step;
            } else {
                require(!recorded.get(step), action, () -> "adjoint data of step " + step + " is in WORK already");
                recorded.set(step);
            }
            return;
        }
        BitSet all = kept(storage, data);
        require(!all.get(step), action, () -> data + " data of step " + step + " is in " + storage + " already");
        all.set(step);
        int slots = taken.merge(storage, 1, Integer::sum);
        int limit = limits.getOrDefault(storage, Integer.MAX_VALUE);
        require(slots <= limit, action, () -> "all " + limit + " slots of " + storage + " are taken");
        peaks.merge(storage, slots, Math::max);
        writes.computeIfPresent(storage, (at, traffic) -> traffic.and(data));
    }

    private BitSet kept(Storage storage, Data data) {
        return Objects.requireNonNull(Objects.requireNonNull(kept.get(storage)).get(data));
    }

    private void require(boolean good, Action action, Supplier<String> reason) {
        if (!good) {
            throw new BrokenScheduleException(actions, action, reason.get());
        }
    }
}
