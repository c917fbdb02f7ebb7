package org.backpropaganda.checkpointing.schedule;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleKindTest {

    @Test
    void aWordAndItsSettingsMakeASchedule() {
        assertThat(ScheduleKind.parse("sqrt", 12)).isEqualTo(new SquareRoot(12));
        assertThat(ScheduleKind.parse("every=3", 12)).isEqualTo(new EveryK(12, 3));
        assertThat(ScheduleKind.parse("revolve=5", 12)).isEqualTo(new Revolve(12, 5));
        assertThat(ScheduleKind.parse("two-level=2/4", 12)).isEqualTo(new TwoLevel(12, 2, 4));
        assertThat(ScheduleKind.parse("periodic-disk=2", 12)).isEqualTo(new PeriodicDisk(12, 2, StepCosts.USUAL));
        assertThat(ScheduleKind.parse("periodic-disk=2/1.5/2", 12))
                .isEqualTo(new PeriodicDisk(12, 2, new StepCosts(1.5, 2, 1, 2)));
        assertThat(ScheduleKind.parse("multistage=4", 12).name()).isEqualTo("multistage=4/0");
        assertThat(ScheduleKind.parse("h-revolve=4/2/0.5", 12).name()).isEqualTo("h-revolve=4/2/0.5/5/1/2");
        assertThat(ScheduleKind.parse("online=4", 12)).isEqualTo(new Online(4));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            revolv=3 | unknown schedule 'revolv': choose sqrt, every, revolve, multistage, two-level, periodic-disk, disk-revolve, h-revolve, mixed, online
            revolve | revolve needs the setting slots (slots in memory, that of the initial state included)
            revolve= | 'revolve=': slots '' is no number
            revolve=many | 'revolve=many': slots 'many' is no number
            revolve=2.5 | slots 2.5 is no count
            revolve=NaN | slots NaN is no count
            revolve=1e10 | slots 10000000000 is above 2147483647
            revolve=-1e300 | slots -2147483648 is not within 0 and 10000000
            revolve=Infinity | slots Infinity is no count
            revolve=0 | slots 0 is below 1; the state in front of the first step takes one
            revolve=-1 | slots -1 is not within 0 and 10000000
            revolve=3/2 | 'revolve=3/2' has 2 settings; revolve takes slots
            sqrt=3 | 'sqrt=3' has 1 settings; sqrt takes no settings
            two-level=3 | two-level needs the setting period (steps between two states in a file)
            two-level=3/0 | period 0 is below 1
            online=0 | slots 0 is not within 1 and 10000000; the state in front of the first step takes one
            h-revolve=3/2/-1 | write cost -1.0 is not within 0 and 1.0E12
            """)
    void whatMakesNoneIsRefusedInASentence(String text, String message) {
        assertThatThrownBy(() -> ScheduleKind.parse(text, 12))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage(message);
    }
}
