package org.backpropaganda.checkpointing;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.checkpointing.schedule.Action;
import org.backpropaganda.checkpointing.schedule.DiskRevolve;
import org.backpropaganda.checkpointing.schedule.EvenSegments;
import org.backpropaganda.checkpointing.schedule.EveryK;
import org.backpropaganda.checkpointing.schedule.HRevolve;
import org.backpropaganda.checkpointing.schedule.Mixed;
import org.backpropaganda.checkpointing.schedule.Multistage;
import org.backpropaganda.checkpointing.schedule.Online;
import org.backpropaganda.checkpointing.schedule.PeriodicDisk;
import org.backpropaganda.checkpointing.schedule.Revolve;
import org.backpropaganda.checkpointing.schedule.Schedule;
import org.backpropaganda.checkpointing.schedule.ScheduleCosts;
import org.backpropaganda.checkpointing.schedule.ScheduleInterpreter;
import org.backpropaganda.checkpointing.schedule.SquareRoot;
import org.backpropaganda.checkpointing.schedule.StepCosts;
import org.backpropaganda.checkpointing.schedule.Storage;
import org.backpropaganda.checkpointing.schedule.TwoLevel;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Every schedule on every kind of a chain of twelve, against the plain chain. */
class ScheduledSequenceTest {
    private static final int STEPS = Twelve.STEPS;

    static Stream<Schedule> schedules() {
        return Stream.of(
                new SquareRoot(STEPS),
                new EvenSegments(STEPS, 1),
                new EvenSegments(STEPS, 5),
                new EvenSegments(STEPS, 12),
                new EveryK(STEPS, 1),
                new EveryK(STEPS, 5),
                new EveryK(STEPS, 12),
                new Revolve(STEPS, 1),
                new Revolve(STEPS, 2),
                new Revolve(STEPS, 3),
                new Revolve(STEPS, 5),
                new Revolve(STEPS, 11),
                new Online(1),
                new Online(2),
                new Online(4),
                new Online(20),
                new Multistage(STEPS, 2, 0),
                new Multistage(STEPS, 1, 2),
                new TwoLevel(STEPS, 2, 4),
                new TwoLevel(STEPS, 1, 5),
                new PeriodicDisk(STEPS, 2, StepCosts.USUAL),
                new DiskRevolve(STEPS, 1, new StepCosts(0.5, 0.5, 1, 2)),
                new DiskRevolve(STEPS, 2, StepCosts.USUAL),
                new HRevolve(STEPS, 1, 2, new StepCosts(0.5, 0.5, 1, 2)),
                new HRevolve(STEPS, 2, 1, StepCosts.USUAL),
                new Mixed(STEPS, 1),
                new Mixed(STEPS, 2),
                new Mixed(STEPS, 4),
                new Mixed(STEPS, 11),
                Listed.mixed(),
                Listed.file());
    }

    static Stream<Arguments> schedulesOnChains() {
        return schedules()
                .flatMap(schedule -> Stream.of(Twelve.Kind.values()).map(kind -> Arguments.of(named(schedule), kind)));
    }

    private static Named<Schedule> named(Schedule schedule) {
        return Named.of(schedule.name(), schedule);
    }

    @ParameterizedTest(name = "{0} {1}")
    @MethodSource("schedulesOnChains")
    void bitsAreThoseOfPlainAndCostsAreThoseOfTheActions(Schedule schedule, Twelve.Kind kind) {
        Twelve.Step plain = Twelve.step(kind, Sequential::new);
        CountingCodec file = new CountingCodec();
        Twelve.Step step = Twelve.step(kind, blocks -> new CheckpointedSequence(blocks, schedule, file));
        assertThat(step.values().keySet()).isEqualTo(plain.values().keySet());
        plain.values()
                .forEach((name, values) ->
                        assertThat(step.values().get(name)).as(name).containsExactly(values));

        int[] computed = new int[STEPS];
        ScheduleCosts costs = ScheduleInterpreter.run(schedule, STEPS, Map.of(), action -> count(action, computed));
        Integer[] expected = new Integer[STEPS];
        Arrays.fill(expected, 0);
        for (int i = 0; i < STEPS; i++) {
            expected[kind.block(i)] += computed[i];
        }
        assertThat(step.evaluations()).containsExactly(expected);
        Prediction predicted = Prediction.of(schedule, STEPS, kind, privateBytes(kind));
        assertThat(step.peakBytes()).isEqualTo(predicted.peakBytes());
        assertThat(file.writtenBytes()).isEqualTo(predicted.fileBytes());
        if (kind.streams() == 1) {
            assertThat(file.writtenBytes())
                    .isEqualTo(costs.writes().get(Storage.FILE).restart() * Twelve.TENSOR_BYTES);
        }
    }

    private static void count(Action action, int[] computed) {
        if (action instanceof Action.Forward forward) {
            for (int i = forward.from(); i < forward.to(); i++) {
                computed[i]++;
            }
        }
    }

    /** Batch norm keeps its input, and the mean and deviation of each channel. */
    private static long privateBytes(Twelve.Kind kind) {
        return kind == Twelve.Kind.BATCH_NORM ? Twelve.TENSOR_BYTES + 2 * 8 * Twelve.WIDTH : 0;
    }
}
