package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.checkpointing.offload.OffloadFile;
import org.backpropaganda.checkpointing.schedule.DiskRevolve;
import org.backpropaganda.checkpointing.schedule.HRevolve;
import org.backpropaganda.checkpointing.schedule.Multistage;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.ScheduleCosts;
import org.backpropaganda.checkpointing.schedule.ScheduleInterpreter;
import org.backpropaganda.checkpointing.schedule.StepCosts;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.backpropaganda.checkpointing.schedule.TwoLevel;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Schedules that keep states in a file on a disk. */
class StatesInAFileTest {
    private static final int STEPS = Twelve.STEPS;

    static List<Schedule> schedules() {
        return List.of(
                new Multistage(STEPS, 1, 3),
                new TwoLevel(STEPS, 2, 4),
                new DiskRevolve(STEPS, 1, new StepCosts(0.5, 0.5, 1, 2)),
                new HRevolve(STEPS, 1, 2, new StepCosts(0.5, 0.5, 1, 2)),
                Listed.file());
    }

    @ParameterizedTest
    @MethodSource("schedules")
    void theFileIsWrittenAndReadAsOftenAsTheScheduleSays(Schedule schedule) throws IOException {
        try (OffloadFile file = OffloadFile.in(Path.of("target")).open()) {
            Twelve.Step plain = Twelve.step(Twelve.Kind.DROPOUT, Sequential::new);
            Twelve.Step step = Twelve.step(Twelve.Kind.DROPOUT, blocks -> sequence(blocks, schedule, file));
            plain.values()
                    .forEach((name, values) ->
                            assertThat(step.values().get(name)).as(name).containsExactly(values));
            ScheduleCosts costs = ScheduleInterpreter.run(schedule, STEPS, Map.of());
            assertThat(file.writtenBytes())
                    .isEqualTo(costs.writes().get(Storage.FILE).total() * Twelve.TENSOR_BYTES)
                    .isPositive();
            assertThat(file.readBytes())
                    .isEqualTo(costs.reads().get(Storage.FILE).total() * Twelve.TENSOR_BYTES);
            assertThat(file.peakBytes()).isEqualTo(costs.peakSlots().get(Storage.FILE) * Twelve.TENSOR_BYTES);
            assertThat(file.liveBytes()).isZero();
        }
    }

    private static Module sequence(List<Module> blocks, Schedule schedule, OffloadFile file) {
        return new CheckpointedSequence(blocks, schedule, file);
    }
}
