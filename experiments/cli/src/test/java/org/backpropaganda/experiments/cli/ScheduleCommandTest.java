package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScheduleCommandTest {

    @Test
    void actionsAreLinesOfJsonAndTheCostsTheLast() {
        Said said = say("revolve --steps 4 --slots 2");
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        assertThat(said.out()).isEqualTo("""
                {"action":"forward","from":0,"to":2,"writeRestart":true,"writeAdjoint":false,"storage":"RAM"}
                {"action":"forward","from":2,"to":3,"writeRestart":true,"writeAdjoint":false,"storage":"RAM"}
                {"action":"forward","from":3,"to":4,"writeRestart":false,"writeAdjoint":true,"storage":"WORK"}
                {"action":"reverse","from":4,"to":3}
                {"action":"move","step":2,"from":"RAM","to":"WORK","data":"restart"}
                {"action":"forward","from":2,"to":3,"writeRestart":false,"writeAdjoint":true,"storage":"WORK"}
                {"action":"reverse","from":3,"to":2}
                {"action":"copy","step":0,"from":"RAM","to":"WORK","data":"restart"}
                {"action":"forward","from":0,"to":1,"writeRestart":false,"writeAdjoint":false,"storage":"NONE"}
                {"action":"forward","from":1,"to":2,"writeRestart":false,"writeAdjoint":true,"storage":"WORK"}
                {"action":"reverse","from":2,"to":1}
                {"action":"move","step":0,"from":"RAM","to":"WORK","data":"restart"}
                {"action":"forward","from":0,"to":1,"writeRestart":false,"writeAdjoint":true,"storage":"WORK"}
                {"action":"reverse","from":1,"to":0}
                {"forwardSteps":8,"peakSlots":{"RAM":2,"FILE":0}}
                """);
    }

    @Test
    void adjointDataAndFreesAreSaidToo() {
        assertThat(say("mixed --steps 2 --slots 1").out())
                .contains("{\"action\":\"forward\",\"from\":0,\"to\":1,\"writeRestart\":false,\"writeAdjoint\":true,"
                        + "\"storage\":\"RAM\"}\n")
                .contains("{\"action\":\"move\",\"step\":0,\"from\":\"RAM\",\"to\":\"WORK\",\"data\":\"adjoint\"}\n");
        assertThat(say("online --steps 8 --slots 2").out())
                .contains("{\"action\":\"free\",\"step\":3,\"storage\":\"RAM\",\"data\":\"restart\"}\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            revolve --steps 10 --slots 3 | {"forwardSteps":25,"peakSlots":{"RAM":3,"FILE":0}}
            revolve --steps 1 --slots 0 | {"forwardSteps":1,"peakSlots":{"RAM":0,"FILE":0}}
            revolve --steps 1000 --slots 10 | {"forwardSteps":4636,"peakSlots":{"RAM":10,"FILE":0}}
            sqrt --steps 16 | {"forwardSteps":28,"peakSlots":{"RAM":3,"FILE":0}}
            every --steps 16 --every 5 | {"forwardSteps":31,"peakSlots":{"RAM":3,"FILE":0}}
            multistage --steps 100 --slots 2 --file-slots 3 | {"forwardSteps":416,"peakSlots":{"RAM":2,"FILE":3}}
            two-level --steps 10 --slots 1 --period 3 | {"forwardSteps":28,"peakSlots":{"RAM":1,"FILE":3}}
            periodic-disk --steps 10 --slots 1 --write-cost 0 --read-cost 0 | {"forwardSteps":19,"peakSlots":{"RAM":0,"FILE":9}}
            disk-revolve --steps 10 --slots 3 --write-cost 1e6 | {"forwardSteps":25,"peakSlots":{"RAM":3,"FILE":0}}
            h-revolve --steps 10 --slots 1 --file-slots 2 --write-cost 0 --read-cost 0 --forward-cost 1 --backward-cost 1 | {"forwardSteps":25,"peakSlots":{"RAM":1,"FILE":2}}
            mixed --steps 10 --slots 1 | {"forwardSteps":54,"peakSlots":{"RAM":1,"FILE":0}}
            online --steps 5 --slots 2 | {"forwardSteps":13,"peakSlots":{"RAM":2,"FILE":0}}
            """)
    void everyScheduleEndsWithItsCosts(String line, String costs) {
        Said said = say(line);
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        assertThat(said.out()).endsWith("\n" + costs + "\n");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            revolve --steps 0 --slots 3 | steps 0 is not within 1 and 10000000
            revolve --steps -3 --slots 3 | steps -3 is not within 1 and 10000000
            revolve --steps 99999999999 --slots 3 | steps 99999999999 is not within 1 and 10000000
            revolve --steps 99999999999999999999 --slots 3 | Invalid value for option '--steps'
            revolve --steps 10 --slots 0 | slots 0 is below 1; the state in front of the first step takes one
            revolve --steps 10 --slots -1 | slots -1 is not within 0 and 10000000
            revolve --steps 10 --slots 99999999999 | slots 99999999999 is above 2147483647
            revolve --steps 10 --slots few | Invalid value for option '--slots'
            revolve --steps 10 | revolve needs the setting slots
            revolve --slots 3 | Missing required option: '--steps=N'
            revolve --steps 10 --slots 3 --file-slots 1 | revolve takes no file-slots; it takes slots
            sqrt --steps 10 --slots 3 | sqrt takes no slots; it takes no settings
            every --steps 10 | every needs the setting every
            every --steps 10 --every 0 | every 0 is below 1
            two-level --steps 10 --slots 3 | two-level needs the setting period
            multistage --steps 10 --slots 0 --file-slots 0 | slots 0 is below 1
            h-revolve --steps 10 --slots 3 --file-slots 1 --write-cost -1 | write cost -1.0 is not within 0
            h-revolve --steps 10 --slots 3 --file-slots 1 --read-cost NaN | read cost NaN is not within 0
            h-revolve --steps 10 --slots 3 --file-slots 1 --forward-cost 0 | forward cost 0 is not above 0
            disk-revolve --steps 100000 --slots 3 | disk-revolve would compare 5000000000 splits of 100000 steps
            online --steps 10 --slots 0 | slots 0 is not within 1
            revolv --steps 10 --slots 3 | unknown schedule 'revolv': choose sqrt, every, revolve,
            --steps 10 | Missing required parameter: 'SCHEDULE'
            """)
    void whatCannotBeIsOneSentence(String line, String reason) {
        Said said = say(line);
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err()).startsWith("backprop: ").contains(reason).hasLineCount(1);
    }

    @Test
    void helpListsEverySchedule() {
        String help = say("--help").out().replaceAll("\\s+", " ");
        assertThat(help)
                .contains(
                        "sqrt, every, revolve, multistage, two-level, periodic-disk, disk-revolve, h-revolve, mixed, online")
                .contains("sqrt: √n segments")
                .contains("two-level --slots --period: a file for every period, revolve in memory within")
                .contains("--write-cost=COST of one state to a file; 5 by default")
                .contains(
                        "multistage --slots [--file-slots]: revolve over memory and a file, what is used most in memory");
    }

    /** Whoever reads the first lines alone need not wait for the others. */
    @Test
    void anOutputThatNobodyReadsEndsThePrinting() {
        Writer closed = new Writer() {
            @Override
            public void write(char[] text, int offset, int length) throws IOException {
                throw new IOException("broken pipe");
            }

            @Override
            public void flush() {}

            @Override
            public void close() {}
        };
        StringWriter err = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(closed))
                .setErr(new PrintWriter(err))
                .execute("schedule", "revolve", "--steps", "10000000", "--slots", "20");
        assertThat(code).isEqualTo(2);
        assertThat(err.toString())
                .isEqualTo("backprop: reading or writing failed (nobody reads the output any more)\n");
    }

    private static Said say(String line) {
        return Said.by(("schedule " + line).split(" ", -1));
    }
}
