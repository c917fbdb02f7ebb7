package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PlanCommandTest {
    /** The chain of mixed options whose frontier an exhaustive search has found. */
    private static final String MIXED = """
            {"boundaries":[2,3,1,2,1],"blocks":[
             {"options":[{"name":"store","forward":2,"backward":4,"saved":6,"leasesInput":true,"leasesOutput":false,
               "transientForward":1,"transientBackward":2}],"replay":{"forward":2,"transient":1},"reversible":null},
             {"options":[{"name":"store","forward":1,"backward":2,"saved":5,"leasesInput":true,"leasesOutput":false,
               "transientForward":0,"transientBackward":0},
              {"name":"abn","forward":1,"backward":3,"saved":1,"leasesInput":false,"leasesOutput":true,
               "transientForward":0,"transientBackward":1}],"replay":{"forward":1,"transient":0},"reversible":null},
             {"name":"widest","options":[{"name":"fp32","forward":2,"backward":4,"saved":7,"leasesInput":true,
               "leasesOutput":false,"transientForward":3,"transientBackward":2},
              {"name":"4-bit","forward":2,"backward":5,"saved":2,"leasesInput":true,"leasesOutput":false,
               "transientForward":3,"transientBackward":6}],"replay":{"forward":2,"transient":3},"reversible":null},
             {"options":[{"name":"store","forward":3,"backward":6,"saved":4,"leasesInput":true,"leasesOutput":false,
               "transientForward":0,"transientBackward":1}],"replay":{"forward":3,"transient":0},"reversible":null}],
             "levels":1}
            """;

    private static final String BLOCK = "{\"options\":[{\"name\":\"store\",\"forward\":1,\"backward\":2,\"saved\":3,"
            + "\"leasesInput\":true,\"leasesOutput\":false,\"transientForward\":0,\"transientBackward\":0}],"
            + "\"replay\":{\"forward\":1,\"transient\":0}}";

    @TempDir
    private Path directory;

    private Path file(String json) throws IOException {
        return Files.writeString(directory.resolve("chain.json"), json);
    }

    private Said plan(String json, String... more) throws IOException {
        return plan(file(json), more);
    }

    private static Said plan(Path file, String... more) {
        String[] words = new String[3 + more.length];
        words[0] = "plan";
        words[1] = "--chain";
        words[2] = file.toString();
        System.arraycopy(more, 0, words, 3, more.length);
        return Said.by(words);
    }

    private static String equalBlocks(int n, String end) {
        return "{\"boundaries\":" + Collections.nCopies(n + 1, 1) + ",\"blocks\":" + Collections.nCopies(n, BLOCK)
                + end;
    }

    @Test
    void aPlanIsOneObject() throws IOException {
        Said said = plan(MIXED, "--budget", "15", "--json");
        assertThat(said.err()).isEmpty();
        assertThat(said.code()).isZero();
        assertThat(said.out())
                .isEqualTo("{\"feasible\":true,\"leastBytes\":15,\"bindingBlock\":\"block 0\",\"time\":29,\"need\":15,"
                        + "\"levels\":1,\"exact\":true,"
                        + "\"frontier\":[[15,29],[16,28],[20,27],[22,26],[27,25],[34,24]],"
                        + "\"plan\":[{\"replay\":[0,2],\"plan\":[{\"save\":0,\"option\":\"store\"},"
                        + "{\"save\":1,\"option\":\"abn\"}]},{\"save\":2,\"option\":\"4-bit\"},"
                        + "{\"save\":3,\"option\":\"store\"}]}\n");
    }

    @Test
    void theNeedIsThePlansOwn() throws IOException {
        assertThat(plan(MIXED, "--budget", "19", "--json").out()).contains("\"time\":28,\"need\":16,");
        assertThat(plan(MIXED, "--budget", "1GiB", "--json").out()).contains("\"time\":24,\"need\":34,");
    }

    @Test
    void whatDoesNotFitIsStillAnObject() throws IOException {
        Said said = plan(MIXED, "--budget", "14", "--json");
        assertThat(said.code()).isZero();
        assertThat(said.out())
                .startsWith(
                        "{\"feasible\":false,\"leastBytes\":15,\"bindingBlock\":\"block 0\",\"time\":null,\"need\":null,")
                .endsWith("\"plan\":null}\n");
    }

    @Test
    void whatDoesNotFitIsASentenceOtherwise() throws IOException {
        Said said = plan(MIXED, "--budget", "14");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err())
                .isEqualTo("backprop: no plan fits 14 bytes: the least is 15 bytes, which block 0 sets\n");
    }

    @Test
    void aChainOfOneBlockIsPlannedToo() throws IOException {
        assertThat(plan(equalBlocks(1, "}"), "--budget", "1").err())
                .isEqualTo("backprop: no plan fits 1 bytes: the least is 6 bytes, which block 0 sets\n");
        assertThat(plan(equalBlocks(1, "}"), "--budget", "6", "--json").out())
                .contains("\"plan\":[{\"save\":0,\"option\":\"store\"}]");
    }

    @Test
    void readersSeeThePlanInLines() throws IOException {
        assertThat(plan(MIXED, "--budget", "15").out()).isEqualTo("""
                time 29, at most 15 bytes of 15
                block 0 to block 1: computed again, as
                  block 0: store
                  block 1: abn
                widest: 4-bit
                block 3: store
                the best with 1 level of replays; least budget 15 bytes, which block 0 sets
                """);
    }

    @Test
    void reversibleRunsAreToldByTheirEnds() throws IOException {
        String reversible = BLOCK.substring(0, BLOCK.length() - 1)
                + ",\"reversible\":{\"forward\":1,\"backward\":2,\"transientForward\":0,\"transientBackward\":3}}";
        String chain = "{\"boundaries\":[1,1,1,1],\"blocks\":" + Collections.nCopies(3, reversible) + ",\"levels\":0}";
        assertThat(plan(chain, "--budget", "6", "--json").out())
                .contains("\"plan\":[{\"reverse\":[0,2]},{\"save\":2,\"option\":\"store\"}]");
        assertThat(plan(chain, "--budget", "6").out()).contains("block 0 to block 1: reversed\n");
    }

    /** Least budgets of 16 equal blocks: 15 with one level, 10 with two, 7 with as many as there can be. */
    @Test
    void levelsAreTheFilesUnlessTheyAreGiven() throws IOException {
        assertThat(least(equalBlocks(16, ",\"levels\":1}"))).isEqualTo("15");
        assertThat(least(equalBlocks(16, ",\"levels\":2}"))).isEqualTo("10");
        assertThat(least(equalBlocks(16, ",\"levels\":15}"))).isEqualTo("7");
        assertThat(least(equalBlocks(16, ",\"levels\":1}"), "--levels", "15")).isEqualTo("7");
        assertThat(least(equalBlocks(16, ",\"levels\":0}"))).isEqualTo("66");
    }

    /** Where nobody says, a second level is tried if the first is too little. */
    @Test
    void levelsThatNobodyGivesAreAsManyAsTheBudgetAsks() throws IOException {
        assertThat(plan(equalBlocks(16, "}"), "--budget", "15", "--json").out()).contains("\"levels\":1,");
        assertThat(plan(equalBlocks(16, "}"), "--budget", "14", "--json").out())
                .contains("\"time\":64,\"need\":14,\"levels\":2,");
        assertThat(least(equalBlocks(16, "}"))).isEqualTo("10");
    }

    private String least(String json, String... more) throws IOException {
        String[] words = new String[3 + more.length];
        words[0] = "--budget";
        words[1] = "1";
        words[2] = "--json";
        System.arraycopy(more, 0, words, 3, more.length);
        return plan(json, words).out().replaceAll(".*\"leastBytes\":(\\d+),.*\n", "$1");
    }

    @Test
    void longChainsSayThatLimitsWereSet() throws IOException {
        assertThat(plan(equalBlocks(64, ",\"levels\":1}"), "--budget", "100", "--json")
                        .out())
                .contains("\"exact\":true");
        assertThat(plan(equalBlocks(200, ",\"levels\":1}"), "--budget", "100", "--json")
                        .out())
                .contains("\"exact\":false");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {                             | is no JSON
            []                            | the whole is [], not an object
            5                             | the whole is 5, not an object
            {}                            | boundaries is missing
            {"boundaries":[1,1]}          | blocks is missing
            {"boundaries":7,"blocks":[]}  | boundaries is 7, not a list
            {"boundaries":[1],"blocks":[]} | the chain has no blocks
            {"boundaries":[1],"blocks":[BLOCK]} | 1 boundaries and 1 blocks; give one boundary more
            {"boundaries":[1,1,1],"blocks":[BLOCK]} | 3 boundaries and 1 blocks; give one boundary more
            {"boundaries":[1,-1],"blocks":[BLOCK]} | boundaries[1] is -1, not a whole number from 0
            {"boundaries":[1,1.5],"blocks":[BLOCK]} | boundaries[1] is 1.5, not a whole number from 0
            {"boundaries":[1,"1"],"blocks":[BLOCK]} | boundaries[1] is "1", not a whole number from 0
            {"boundaries":[1,null],"blocks":[BLOCK]} | boundaries[1] is null, not a whole number from 0
            {"boundaries":[1,9223372036854775808],"blocks":[BLOCK]} | boundaries[1] is 9223372036854775808, not a whole number from 0
            {"boundaries":[1,9223372036854775807],"blocks":[BLOCK]} | the bytes of the chain may add up to
            {"boundaries":[1,1],"blocks":[{}]} | blocks[0].options is missing
            {"boundaries":[1,1],"blocks":[{"options":[]}]} | blocks[0].options is [], not an option at least
            {"boundaries":[1,1],"blocks":[{"options":[{}]}]} | blocks[0].options[0].forward is missing
            {"boundaries":[1,1],"blocks":[BLOCK],"levels":-1} | levels is -1, not a whole number from 0
            {"boundaries":[1,1],"blocks":[BLOCK],"levels":99999999999} | levels is 99999999999, not a whole number from 0
            {"boundaries":[1,1],"blocks":[BLOCK],"depth":1} | depth is not known; known are [blocks, boundaries, levels]
            {"boundaries":[1,1],"blocks":[BLOCK],"blocks":[BLOCK]} | is no JSON
            {"boundaries":[1,1],"blocks":[BLOCK]} {} | is no JSON
            """)
    void aFileThatHoldsNoChainIsOneSentence(String json, String reason) throws IOException {
        refuses(plan(json.replace("BLOCK", BLOCK), "--budget", "10", "--json"), reason);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            "forward":1,"b | "forward":-1,"b | blocks[0].options[0].forward is -1, not a whole number from 0
            "saved":3      | "saved":-3      | blocks[0].options[0].saved is -3, not a whole number from 0
            "saved":3      | "saved":true    | blocks[0].options[0].saved is true, not a whole number from 0
            "leasesInput":true | "leasesInput":1 | blocks[0].options[0].leasesInput is 1, not true or false
            "name":"store" | "name":""       | blocks[0].options[0].name is "", not a text
            "name":"store" | "nom":"store"   | blocks[0].options[0].nom is not known
            "transient":0  | "transient":-1  | blocks[0].replay.transient is -1, not a whole number from 0
            "replay":{     | "reversible":{  | blocks[0].reversible.transient is not known
            "replay":{     | "replay":7,"reversible":{ | blocks[0].replay is 7, not an object
            """)
    void aBlockThatIsNoneIsOneSentence(String part, String other, String reason) throws IOException {
        assertThat(BLOCK).contains(part);
        refuses(plan(equalBlocks(1, "}").replace(part, other), "--budget", "10", "--json"), reason);
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-1", "-200MiB", "12 potatoes", "", "200MB", "1e9", "99999999999999999999"})
    void aBudgetThatIsNoneIsOneSentence(String budget) throws IOException {
        refuses(plan(MIXED, "--budget=" + budget), "budget");
    }

    @Test
    void whatIsMissingIsOneSentence() throws IOException {
        refuses(plan(directory.resolve("nowhere.json"), "--budget", "10"), "nowhere.json");
        refuses(plan(directory, "--budget", "10"), directory.toString());
        refuses(plan(file(MIXED)), "--budget");
        refuses(Said.by("plan", "--budget", "10", "--levels", "1"), "levels is for a --chain");
        refuses(plan(MIXED, "--budget", "10", "--levels", "-1"), "levels -1 is below 0");
        refuses(plan(MIXED, "--budget", "10", "--levels", "few"), "--levels");
    }

    /** A block without replay lies in no checkpointed segment. */
    @Test
    void aBlockWithoutReplayIsSaved() throws IOException {
        String once = BLOCK.replaceAll(",\"replay\":\\{[^}]*\\}", "");
        String chain = "{\"boundaries\":[1,1,1,1],\"blocks\":[" + BLOCK + "," + once + "," + BLOCK + "],\"levels\":2}";
        Said said = plan(chain, "--budget", "1", "--levels", "2", "--json");
        String least = said.out().replaceAll(".*\"leastBytes\":(\\d+),.*\n", "$1");
        assertThat(plan(chain, "--budget", least, "--json").out()).contains("{\"save\":1,\"option\":\"store\"}");
    }

    private static void refuses(Said said, String reason) {
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.out()).isEmpty();
        assertThat(said.err()).startsWith("backprop: ").contains(reason).hasLineCount(1);
    }
}
