package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Laws of all schedules, each followed by the interpreter within its slots. */
class ScheduleGridTest {

    private record Case(int steps, int slots) {}

    static List<ScheduleKind> kinds() {
        return ScheduleKind.all();
    }

    static List<ScheduleKind> searched() {
        return List.of(ScheduleKind.of("disk-revolve"), ScheduleKind.of("h-revolve"), ScheduleKind.of("mixed"));
    }

    static List<ScheduleKind> inClosedForm() {
        return kinds().stream().filter(kind -> !searched().contains(kind)).toList();
    }

    /** The grid of the tests of checkpoint_schedules. */
    private static List<Case> published() {
        List<Case> cases = new ArrayList<>(
                List.of(new Case(1, 0), new Case(2, 1), new Case(3, 1), new Case(3, 2), new Case(5, 2)));
        IntStream.rangeClosed(2, 9).forEach(s -> cases.add(new Case(10, s)));
        IntStream.rangeClosed(1, 99).forEach(s -> cases.add(new Case(100, s)));
        IntStream.rangeClosed(1, 9).forEach(s -> cases.add(new Case(250, 25 * s)));
        return cases;
    }

    private static List<Case> small() {
        List<Case> cases = new ArrayList<>();
        for (int steps = 1; steps <= 40; steps++) {
            for (int slots = 1; slots <= steps; slots++) {
                cases.add(new Case(steps, slots));
            }
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void everyScheduleIsDoneWithinItsSlots(ScheduleKind kind) {
        for (Case each : published()) {
            run(kind, each);
        }
        for (Case each : small()) {
            run(kind, each);
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void namesAreReadAsTheyAreSaid(ScheduleKind kind) {
        Schedule schedule = make(kind, 50, 4, 2);
        assertThat(schedule.name()).startsWith(kind.word());
        Schedule again = ScheduleKind.parse(schedule.name(), 50);
        assertThat(again.name()).isEqualTo(schedule.name());
        assertThat(actions(again, 50)).isEqualTo(actions(schedule, 50));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void aScheduleServesAnyNumberOfCourses(ScheduleKind kind) {
        Schedule schedule = make(kind, 20, 3, 1);
        assertThat(actions(schedule, 20)).isEqualTo(actions(schedule, 20)).isNotEmpty();
    }

    @ParameterizedTest
    @MethodSource("inClosedForm")
    void aHundredThousandStepsAreLinearBookkeeping(ScheduleKind kind) {
        int steps = 100_000;
        ScheduleCosts costs = ScheduleInterpreter.run(make(kind, steps, 30, 10), steps, Map.of());
        assertThat(costs.forwardSteps()).isLessThan(7L * steps);
    }

    @ParameterizedTest
    @MethodSource("searched")
    void tenThousandStepsCanBeSearched(ScheduleKind kind) {
        int steps = 10_000;
        ScheduleCosts costs = ScheduleInterpreter.run(make(kind, steps, 20, 3), steps, Map.of());
        assertThat(costs.forwardSteps()).isLessThan(5L * steps);
    }

    @Test
    void schedulesOfAHeldStepRecordOneStepAtATime() {
        for (ScheduleKind kind : kinds()) {
            if (Set.of("sqrt", "every").contains(kind.word())) {
                continue;
            }
            for (Action action : actions(make(kind, 40, 4, 2), 40)) {
                if (action instanceof Action.Forward forward && forward.writeAdjoint()) {
                    assertThat(forward.steps()).as(kind.word()).isOne();
                }
                if (action instanceof Action.Reverse reverse) {
                    assertThat(reverse.from() - reverse.to()).as(kind.word()).isOne();
                }
            }
        }
    }

    private static void run(ScheduleKind kind, Case each) {
        int slots = each.slots;
        int ram = slots;
        int file = 0;
        switch (kind.word()) {
            case "multistage", "h-revolve" -> {
                ram = slots / 3;
                file = slots - ram;
            }
            case "two-level", "periodic-disk", "disk-revolve" -> file = each.steps;
            case "sqrt", "every" -> ram = each.steps;
            case "online" -> ram = Math.max(1, slots);
            default -> {}
        }
        ScheduleCosts costs = ScheduleInterpreter.run(
                make(kind, each.steps, ram, file), each.steps, Map.of(Storage.RAM, ram, Storage.FILE, file));
        if (Set.of("revolve", "multistage").contains(kind.word())) {
            assertThat(costs.forwardSteps()).as("%s", each).isEqualTo(each.steps + extra(each.steps, slots));
        }
    }

    /** Griewank and Walther's closed form: r·n − C(s + r, s + 1) for the least r with C(s + r, s) ≥ n. */
    private static long extra(int steps, int slots) {
        if (steps == 1) {
            return 0;
        }
        int r = 1;
        while (choose(slots + r, slots) < steps) {
            r++;
        }
        return (long) r * steps - Math.round(choose(slots + r, slots + 1));
    }

    private static double choose(int n, int k) {
        double value = 1;
        for (int i = 1; i <= k; i++) {
            value = value * (n - k + i) / i;
        }
        return value;
    }

    private static Schedule make(ScheduleKind kind, int steps, int slots, int fileSlots) {
        return switch (kind.word()) {
            case "sqrt" -> new SquareRoot(steps);
            case "every" -> new EveryK(steps, Math.max(1, fileSlots));
            case "revolve" -> new Revolve(steps, slots);
            case "multistage" -> new Multistage(steps, slots, fileSlots);
            case "two-level" -> new TwoLevel(steps, slots, 2);
            case "periodic-disk" -> new PeriodicDisk(steps, slots, new StepCosts(2, 1.5, 1, 1));
            case "disk-revolve" -> new DiskRevolve(steps, slots, StepCosts.USUAL);
            case "h-revolve" -> new HRevolve(steps, slots, fileSlots, new StepCosts(2, 3, 1, 2));
            case "mixed" -> new Mixed(steps, slots);
            case "online" -> new Online(slots);
            default -> throw new AssertionError("a kind without a test: " + kind);
        };
    }

    private static List<Action> actions(Schedule schedule, int steps) {
        List<Action> actions = new ArrayList<>();
        ScheduleInterpreter.run(schedule, steps, Map.of(), actions::add);
        return actions;
    }
}
