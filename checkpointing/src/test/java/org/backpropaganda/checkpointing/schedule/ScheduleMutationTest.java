package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** What the interpreter lets pass computes the right gradient; schedules are broken at random to see that it lets no more pass. */
class ScheduleMutationTest {
    private static final int STEPS = 6;

    private record Place(int step, Storage storage, Data data) {}

    @Property(tries = 4000)
    void aMutatedScheduleIsRefusedOrStillComplete(@ForAll("mutated") List<Action> actions) {
        try {
            ScheduleInterpreter.run(new ListedSchedule(actions), STEPS, Map.of());
        } catch (BrokenScheduleException refused) {
            assertThat(refused).hasMessageMatching("(action \\d+, .*|end of the schedule behind action \\d+): .+");
            return;
        }
        assertThat(gradient(actions))
                .isEqualTo(gradient(List.of(
                        Action.Forward.record(0, STEPS), new Action.EndForward(), new Action.Reverse(STEPS, 0))));
    }

    /** Runs numbers instead of tensors, and checks nothing. */
    private static long gradient(List<Action> actions) {
        Map<Place, Long> kept = new HashMap<>();
        long hands = 1;
        long gradient = 0;
        for (Action action : actions) {
            if (action instanceof Action.Forward forward) {
                if (forward.writeRestart()) {
                    kept.put(new Place(forward.from(), forward.storage(), Data.RESTART), hands);
                }
                for (int step = forward.from(); step < forward.to(); step++) {
                    if (forward.writeAdjoint()) {
                        kept.put(new Place(step, forward.storage(), Data.ADJOINT), hands);
                    }
                    hands = 31 * hands + 7L * step + 1;
                }
            } else if (action instanceof Action.EndForward) {
                gradient = hands;
                hands = 0;
            } else if (action instanceof Action.Reverse reverse) {
                for (int step = reverse.from() - 1; step >= reverse.to(); step--) {
                    gradient = 37 * gradient
                            + step
                            + Objects.requireNonNull(kept.remove(new Place(step, Storage.WORK, Data.ADJOINT)));
                }
                hands = 0;
            } else if (action instanceof Action.Copy copy) {
                hands = transfer(kept, copy.step(), copy.from(), copy.to(), copy.data(), false, hands);
            } else if (action instanceof Action.Move move) {
                hands = transfer(kept, move.step(), move.from(), move.to(), move.data(), true, hands);
            } else if (action instanceof Action.Free free) {
                kept.remove(new Place(free.step(), free.storage(), free.data()));
            }
        }
        return gradient;
    }

    private static long transfer(
            Map<Place, Long> kept, int step, Storage from, Storage to, Data data, boolean move, long hands) {
        boolean ofHands = data == Data.RESTART && from == Storage.WORK;
        long value = ofHands ? hands : Objects.requireNonNull(kept.get(new Place(step, from, data)));
        if (move && !ofHands) {
            kept.remove(new Place(step, from, data));
        }
        if (data == Data.RESTART && to == Storage.WORK) {
            return value;
        }
        kept.put(new Place(step, to, data), value);
        return move && ofHands ? 0 : hands;
    }

    @Provide
    Arbitrary<List<Action>> mutated() {
        Arbitrary<List<Action>> good = Arbitraries.of(
                        new Revolve(STEPS, 2),
                        new EveryK(STEPS, 2),
                        new Mixed(STEPS, 2),
                        new HRevolve(STEPS, 1, 2, new StepCosts(0.5, 0.5, 1, 1)),
                        new Online(2))
                .map(ScheduleMutationTest::actions);
        return Combinators.combine(good, mutation().list().ofMinSize(0).ofMaxSize(3))
                .as((actions, mutations) -> {
                    List<Action> changed = actions;
                    for (Mutation each : mutations) {
                        changed = each.apply(changed);
                    }
                    return changed;
                });
    }

    private static Arbitrary<Mutation> mutation() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, 1000),
                        Arbitraries.integers().between(0, 3),
                        Arbitraries.integers().between(-1, 1),
                        Arbitraries.of(Storage.class),
                        Arbitraries.of(Data.class))
                .as(Mutation::new);
    }

    /** At some action: drops it, does it twice, swaps it with the next, or changes its numbers and places. */
    private record Mutation(int at, int kind, int shift, Storage storage, Data data) {
        List<Action> apply(List<Action> actions) {
            List<Action> changed = new ArrayList<>(actions);
            if (changed.size() < 2) {
                return changed;
            }
            int index = at % (changed.size() - 1);
            Action action = changed.get(index);
            switch (kind) {
                case 0 -> changed.remove(index);
                case 1 -> changed.add(index, action);
                case 2 -> changed.set(index, changed.set(index + 1, action));
                default -> {
                    try {
                        changed.set(index, change(action));
                    } catch (IllegalArgumentException impossible) {
                        return changed;
                    }
                }
            }
            return changed;
        }

        private Action change(Action action) {
            if (action instanceof Action.Forward forward) {
                return new Action.Forward(
                        forward.from(), forward.to() + shift, data == Data.RESTART, data == Data.ADJOINT, storage);
            }
            if (action instanceof Action.Reverse reverse) {
                return new Action.Reverse(reverse.from(), reverse.to() + shift);
            }
            if (action instanceof Action.Copy copy) {
                return new Action.Move(copy.step() + shift, copy.from(), storage, copy.data());
            }
            if (action instanceof Action.Move move) {
                return new Action.Copy(move.step() + shift, storage, move.to(), data);
            }
            if (action instanceof Action.Free free) {
                return new Action.Free(free.step() + shift, storage, free.data());
            }
            return action;
        }
    }

    private static List<Action> actions(Schedule schedule) {
        List<Action> actions = new ArrayList<>();
        ScheduleInterpreter.run(schedule, STEPS, Map.of(), actions::add);
        return actions;
    }
}
