package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Three steps, two slots in memory, one in the file. */
class ScheduleInterpreterTest {
    private static final Action END = new Action.EndForward();
    private static final Map<Storage, Integer> LIMITS = Map.of(Storage.RAM, 2, Storage.FILE, 1);

    private static Action copy(int step, Storage from, Storage to) {
        return new Action.Copy(step, from, to, Data.RESTART);
    }

    private static Action move(int step, Storage from, Storage to) {
        return new Action.Move(step, from, to, Data.RESTART);
    }

    private static Action moveAdjoint(int step, Storage from, Storage to) {
        return new Action.Move(step, from, to, Data.ADJOINT);
    }

    private static Action keep(int from, int to) {
        return Action.Forward.restart(from, to, Storage.RAM);
    }

    private static Action record(int from, int to) {
        return Action.Forward.record(from, to);
    }

    private static Action recordInto(Storage storage, int from, int to) {
        return new Action.Forward(from, to, false, true, storage);
    }

    private static Action reverse(int from, int to) {
        return new Action.Reverse(from, to);
    }

    private static Arguments refused(String message, Action... actions) {
        return Arguments.of(message, List.of(actions));
    }

    static Stream<Arguments> broken() {
        return Stream.of(
                refused(
                        "action 1, Forward[from=1, to=2, writeRestart=false, writeAdjoint=false, storage=NONE]: the state in"
                                + " hands is that of step 0",
                        Action.Forward.advance(1, 2)),
                refused(
                        "action 2, Forward[from=0, to=1, %s]: the state in hands is that of step 1",
                        keep(0, 1), keep(0, 1)),
                refused("action 3, Forward[from=3, to=4, %s]: no state is in hands", record(0, 3), END, record(3, 4)),
                refused("action 1, Forward[from=0, to=4, %s]: the chain has 3 steps", record(0, 4)),
                refused(
                        "action 6, Forward[from=0, to=3, %s]: steps from 2 on are reversed already",
                        keep(0, 2), record(2, 3), END, reverse(3, 2), copy(0, Storage.RAM, Storage.WORK), record(0, 3)),
                refused(
                        "action 1, Forward[from=0, to=1, %s]: the state in hands moves on; RAM or FILE can keep one",
                        Action.Forward.restart(0, 1, Storage.WORK)),
                refused(
                        "action 2, EndForward[]: the result is not in hands; the forward has reached step 2 of 3",
                        keep(0, 2),
                        END),
                refused("action 3, EndForward[]: the forward has ended already", record(0, 3), END, END),
                refused("action 2, Reverse[from=3, to=2]: the forward has not ended", record(0, 3), reverse(3, 2)),
                refused(
                        "action 3, Reverse[from=2, to=1]: steps are reversed down to 3",
                        record(0, 3),
                        END,
                        reverse(2, 1)),
                refused(
                        "action 4, Reverse[from=3, to=1]: adjoint data of step 1 is not in WORK",
                        keep(0, 2),
                        record(2, 3),
                        END,
                        reverse(3, 1)),
                refused(
                        "action 5, Reverse[from=3, to=2]: steps are reversed down to 2",
                        keep(0, 2),
                        record(2, 3),
                        END,
                        reverse(3, 2),
                        reverse(3, 2)),
                refused(
                        "action 4, Reverse[from=3, to=2]: adjoint data of step 2 is not in WORK",
                        keep(0, 2),
                        recordInto(Storage.RAM, 2, 3),
                        END,
                        reverse(3, 2)),
                refused("action 1, Copy[%s]: it lies there already", copy(0, Storage.RAM, Storage.RAM)),
                refused(
                        "action 1, Copy[%s]: NONE keeps nothing; free lets data go",
                        copy(0, Storage.WORK, Storage.NONE)),
                refused("action 1, Copy[%s]: no restart data of step 0 is in RAM", copy(0, Storage.RAM, Storage.WORK)),
                refused("action 1, Move[%s]: no restart data of step 1 is in WORK", move(1, Storage.WORK, Storage.RAM)),
                refused(
                        "action 1, Copy[%s]: no restart data of step -1 is in WORK",
                        copy(-1, Storage.WORK, Storage.RAM)),
                refused("action 1, Copy[%s]: no restart data of step 0 is in NONE", copy(0, Storage.NONE, Storage.RAM)),
                refused(
                        "action 2, Copy[%s]: the state of step 1 is in hands",
                        keep(0, 1), copy(0, Storage.RAM, Storage.WORK)),
                refused(
                        "action 2, Copy[%s]: restart data of step 0 is in FILE already",
                        copy(0, Storage.WORK, Storage.FILE), copy(0, Storage.WORK, Storage.FILE)),
                refused(
                        "action 2, Forward[from=0, to=1, %s]: restart data of step 0 is in RAM already",
                        copy(0, Storage.WORK, Storage.RAM), keep(0, 1)),
                refused(
                        "action 4, Move[%s]: adjoint data of step 2 is in WORK already",
                        keep(0, 2),
                        recordInto(Storage.RAM, 2, 3),
                        new Action.Copy(2, Storage.RAM, Storage.WORK, Data.ADJOINT),
                        moveAdjoint(2, Storage.RAM, Storage.WORK)),
                refused(
                        "action 6, Copy[%s]: steps from 2 on are reversed already, and need no data",
                        keep(0, 2),
                        copy(2, Storage.WORK, Storage.RAM),
                        record(2, 3),
                        END,
                        reverse(3, 2),
                        copy(2, Storage.RAM, Storage.WORK)),
                refused(
                        "action 1, Forward[from=0, to=3, %s]: all 2 slots of RAM are taken",
                        recordInto(Storage.RAM, 0, 3)),
                refused(
                        "action 2, Forward[from=1, to=2, %s]: all 1 slots of FILE are taken",
                        Action.Forward.restart(0, 1, Storage.FILE), Action.Forward.restart(1, 2, Storage.FILE)),
                refused(
                        "action 2, Free[step=0, storage=FILE, data=restart]: no restart data of step 0 is in FILE",
                        keep(0, 2),
                        new Action.Free(0, Storage.FILE, Data.RESTART)),
                refused("end of the schedule behind action 0: the forward never ended; it has reached step 0 of 3"),
                refused(
                        "end of the schedule behind action 4: steps 0 to 1 are not reversed",
                        keep(0, 2),
                        record(2, 3),
                        END,
                        reverse(3, 2)),
                refused(
                        "end of the schedule behind action 4: restart data of step 0 is left in RAM",
                        copy(0, Storage.WORK, Storage.RAM),
                        record(0, 3),
                        END,
                        reverse(3, 0)),
                refused(
                        "end of the schedule behind action 5: adjoint data of step 2 is left in RAM",
                        record(0, 2),
                        recordInto(Storage.RAM, 2, 3),
                        END,
                        new Action.Copy(2, Storage.RAM, Storage.WORK, Data.ADJOINT),
                        reverse(3, 0)));
    }

    @ParameterizedTest
    @MethodSource("broken")
    void whatCannotBeDoneIsRefusedByNumberActionAndReason(String message, List<Action> actions) {
        String[] parts = message.split("%s", 2);
        assertThatThrownBy(() -> run(actions))
                .isInstanceOf(BrokenScheduleException.class)
                .hasMessageStartingWith(parts[0])
                .hasMessageEndingWith(parts[parts.length - 1]);
    }

    @Test
    void everyStorageCanBeUsedAndIsCounted() {
        ScheduleCosts costs = run(List.of(
                copy(0, Storage.WORK, Storage.FILE),
                recordInto(Storage.RAM, 0, 1),
                keep(1, 2),
                record(2, 3),
                END,
                reverse(3, 2),
                move(1, Storage.RAM, Storage.WORK),
                new Action.Free(1, Storage.WORK, Data.RESTART),
                copy(0, Storage.FILE, Storage.WORK),
                Action.Forward.advance(0, 1),
                record(1, 2),
                reverse(2, 1),
                new Action.Free(0, Storage.RAM, Data.ADJOINT),
                move(0, Storage.FILE, Storage.WORK),
                record(0, 1),
                reverse(1, 0)));
        assertThat(costs)
                .isEqualTo(new ScheduleCosts(
                        6,
                        3,
                        Map.of(Storage.RAM, 2, Storage.FILE, 1),
                        Map.of(
                                Storage.RAM, new ScheduleCosts.Traffic(1, 1),
                                Storage.FILE, new ScheduleCosts.Traffic(1, 0)),
                        Map.of(
                                Storage.RAM, new ScheduleCosts.Traffic(1, 0),
                                Storage.FILE, new ScheduleCosts.Traffic(2, 0))));
    }

    @Test
    void adjointDataGoesThroughAFileAndSeveralStepsAreReversedAtOnce() {
        ScheduleCosts costs = run(List.of(
                recordInto(Storage.FILE, 0, 1),
                record(1, 3),
                END,
                reverse(3, 1),
                moveAdjoint(0, Storage.FILE, Storage.WORK),
                reverse(1, 0)));
        assertThat(costs.forwardSteps()).isEqualTo(3);
        assertThat(costs.reads().get(Storage.FILE)).isEqualTo(new ScheduleCosts.Traffic(0, 1));
    }

    @Test
    void theNumberOfTheBrokenActionIsTold() {
        BrokenScheduleException broken =
                catchThrowableOfType(BrokenScheduleException.class, () -> run(List.of(keep(0, 1), keep(0, 1))));
        assertThat(broken.number()).isEqualTo(2);
    }

    @Test
    void eachActionIsShownOnceItIsFoundGood() {
        List<Action> seen = new ArrayList<>();
        assertThatThrownBy(() -> ScheduleInterpreter.run(of(List.of(keep(0, 2), END)), 3, LIMITS, seen::add))
                .isInstanceOf(BrokenScheduleException.class);
        assertThat(seen).containsExactly(keep(0, 2));
    }

    private static ScheduleCosts run(List<Action> actions) {
        return ScheduleInterpreter.run(of(actions), 3, LIMITS);
    }

    private static Schedule of(List<Action> actions) {
        return new ListedSchedule(actions);
    }
}
