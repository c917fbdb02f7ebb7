package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskScheduleTest {
    private static final double CLOSE = 1e-9;

    @ParameterizedTest
    @CsvSource({"5, 5, 1, 2", "0, 0, 1, 0", "0.5, 0.25, 1, 1", "1, 3, 1, 1", "2, 0.5, 0.75, 0", "20, 1, 1, 1"})
    void noScheduleWhateverIsCheaper(double write, double read, double forward, double backward) {
        StepCosts costs = new StepCosts(write, read, forward, backward);
        for (int steps = 1; steps <= 6; steps++) {
            for (int slots = 0; slots <= 3; slots++) {
                for (int fileSlots = slots == 0 ? 1 : 0; fileSlots <= 3; fileSlots++) {
                    assertThat(cost(new HRevolve(steps, slots, fileSlots, costs), steps, slots, fileSlots, costs))
                            .as("h-revolve: %d steps, %d and %d slots", steps, slots, fileSlots)
                            .isCloseTo(backward * steps + LeastCost.of(steps, slots, fileSlots, costs), within(CLOSE));
                }
                if (slots > 0) {
                    assertThat(cost(new DiskRevolve(steps, slots, costs), steps, slots, steps, costs))
                            .as("disk-revolve: %d steps, %d slots", steps, slots)
                            .isCloseTo(backward * steps + LeastCost.of(steps, slots, steps, costs), within(CLOSE));
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"5, 5, 1, 2", "0.5, 0.25, 1, 1", "1, 3, 1, 1", "2, 0.5, 0.75, 0", "40, 3, 1, 1"})
    void costsAreThoseOfThePublishedRecurrences(double write, double read, double forward, double backward) {
        StepCosts costs = new StepCosts(write, read, forward, backward);
        for (int slots = 1; slots <= 4; slots++) {
            for (int fileSlots = 1; fileSlots <= 4; fileSlots++) {
                double[] least = hRevolve(40, slots, fileSlots, costs);
                for (int steps = 2; steps <= 40; steps++) {
                    assertThat(cost(new HRevolve(steps, slots, fileSlots, costs), steps, slots, fileSlots, costs))
                            .as("h-revolve: %d steps, %d and %d slots", steps, slots, fileSlots)
                            .isCloseTo(least[steps - 1] + forward * steps, within(CLOSE * least[steps - 1]));
                }
            }
            double[] least = diskRevolve(40, slots, costs);
            for (int steps = 2; steps <= 40; steps++) {
                assertThat(cost(new DiskRevolve(steps, slots, costs), steps, slots, steps, costs))
                        .as("disk-revolve: %d steps, %d slots", steps, slots)
                        .isCloseTo(least[steps - 1] + forward * steps, within(CLOSE * least[steps - 1]));
            }
        }
    }

    @Test
    void thePeriodIsTheBestOfAll() {
        StepCosts costs = new StepCosts(3, 2, 1, 1);
        for (int slots = 1; slots <= 3; slots++) {
            for (int steps = 1; steps <= 40; steps++) {
                double least = Double.POSITIVE_INFINITY;
                for (int period = 1; period <= steps; period++) {
                    least = Math.min(least, cost(new TwoLevel(steps, slots, period), steps, slots, steps, costs));
                }
                assertThat(cost(new PeriodicDisk(steps, slots, costs), steps, slots, steps, costs))
                        .isCloseTo(least, within(CLOSE));
            }
        }
    }

    @Test
    void aFileThatCostsTooMuchIsLeftAlone() {
        StepCosts dear = new StepCosts(1e6, 1e6, 1, 1);
        for (Schedule schedule : new Schedule[] {
            new HRevolve(30, 3, 5, dear), new DiskRevolve(30, 3, dear), new PeriodicDisk(30, 3, dear)
        }) {
            ScheduleCosts costs = ScheduleInterpreter.run(schedule, 30, Map.of());
            assertThat(costs.peakSlots().get(Storage.FILE)).isZero();
            assertThat(costs.forwardSteps()).isEqualTo(new Revolve(30, 3).forwardSteps());
        }
    }

    @Test
    void whatTheSearchCannotDoIsRefusedByName() {
        assertThatThrownBy(() -> new DiskRevolve(100_000, 3, StepCosts.USUAL))
                .hasMessage(
                        "disk-revolve would compare 5000000000 splits of 100000 steps, more than 2000000000; choose fewer"
                                + " steps or slots, or a schedule in closed form");
        assertThatThrownBy(() -> new HRevolve(10_000, 3, 100, StepCosts.USUAL)).hasMessageContaining("h-revolve would");
        assertThatThrownBy(() -> new StepCosts(-1, 0, 1, 1)).hasMessage("write cost -1.0 is not within 0 and 1.0E12");
        assertThatThrownBy(() -> new StepCosts(1, Double.NaN, 1, 1)).hasMessageContaining("read cost NaN");
        assertThatThrownBy(() -> new StepCosts(1, 1, 0, 1)).hasMessageContaining("forward cost 0 is not above 0");
        assertThatThrownBy(() -> new HRevolve(2, 0, 0, StepCosts.USUAL)).hasMessageContaining("slots 0 is below 1");
    }

    private static double cost(Schedule schedule, int steps, int slots, int fileSlots, StepCosts costs) {
        return costs.of(
                ScheduleInterpreter.run(schedule, steps, Map.of(Storage.RAM, slots, Storage.FILE, fileSlots)), steps);
    }

    /**
     * Herrmann and Pallez 2020, the first level free: {@code l} stands for {@code l + 1} steps, and the recording of a step is
     * part of its backward.
     */
    private static double[] hRevolve(int most, int slots, int fileSlots, StepCosts costs) {
        double[] inRam = revolve(most, slots, costs);
        double[][] off = new double[fileSlots + 1][];
        double[][] on = new double[fileSlots + 1][];
        off[0] = inRam;
        for (int m = 1; m <= fileSlots; m++) {
            off[m] = new double[most];
            on[m] = new double[most];
            off[m][0] = on[m][0] = costs.backward();
            for (int l = 1; l < most; l++) {
                on[m][l] = inRam[l];
                for (int j = 1; j <= l; j++) {
                    on[m][l] =
                            Math.min(on[m][l], j * costs.forward() + off[m - 1][l - j] + costs.read() + on[m][j - 1]);
                }
                off[m][l] = Math.min(inRam[l], costs.write() + on[m][l]);
            }
        }
        return off[fileSlots];
    }

    /** Aupy et al. 2016: opt∞ from opt of memory and opt 1D, whose first state alone is in the file. */
    private static double[] diskRevolve(int most, int slots, StepCosts costs) {
        double[] inRam = revolve(most, slots, costs);
        double[] oneInFile = new double[most];
        double[] any = new double[most];
        oneInFile[0] = any[0] = costs.backward();
        for (int l = 1; l < most; l++) {
            oneInFile[l] = any[l] = inRam[l];
            for (int j = 1; j <= l; j++) {
                oneInFile[l] =
                        Math.min(oneInFile[l], j * costs.forward() + inRam[l - j] + costs.read() + oneInFile[j - 1]);
                any[l] = Math.min(
                        any[l], costs.write() + j * costs.forward() + any[l - j] + costs.read() + oneInFile[j - 1]);
            }
        }
        return any;
    }

    private static double[] revolve(int most, int slots, StepCosts costs) {
        double[] below = new double[0];
        for (int m = 1; m <= slots; m++) {
            double[] here = new double[most];
            here[0] = costs.backward();
            for (int l = 1; l < most; l++) {
                here[l] = (l + 1) * costs.backward() + l * (l + 1) / 2.0 * costs.forward();
                for (int j = 1; m > 1 && j <= l; j++) {
                    here[l] = Math.min(here[l], j * costs.forward() + below[l - j] + here[j - 1]);
                }
            }
            below = here;
        }
        return below;
    }
}
