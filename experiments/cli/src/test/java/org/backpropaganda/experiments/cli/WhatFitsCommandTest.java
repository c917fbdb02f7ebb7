package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WhatFitsCommandTest {
    @TempDir
    private Path directory;

    @Test
    void theDocumentIsWritten() throws IOException {
        Path file = directory.resolve("new/fits.md");
        Said said = Said.by(
                "what-fits", "--budgets", "2MiB,1MiB,1024KiB", "--models", "resnet50", "--out", file.toString());
        assertThat(said.code()).as(said.err()).isZero();
        assertThat(said.out()).isEqualTo("document: " + file + System.lineSeparator());
        assertThat(Files.readString(file))
                .contains("./backprop what-fits --budgets 1MiB,2MiB --models resnet50 --threads 2 --prove 0 --out")
                .contains("| | 1 MiB | 2 MiB |")
                .containsPattern("\\| `plain` \\| needs [0-9]+,[0-9,]+ bytes \\| needs [0-9,]+ bytes \\|")
                .containsPattern("\\| planner \\| needs ")
                .doesNotContain("Proofs");
    }

    @Test
    void theCommandOfThePublishedDocumentIsOne() throws IOException {
        List<String> lines = Files.readAllLines(Path.of("../../docs/what-fits.md"));
        String line = lines.get(lines.indexOf("```sh") + 1);
        assertThat(line).startsWith("./backprop what-fits ").endsWith(" --out docs/what-fits.md");
        String[] words = line.split(" ", -1);
        Main.commandLine().parseArgs(List.of(words).subList(1, words.length).toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            --models alexnet | unknown model 'alexnet': choose resnet50, gpt2 or irevnet
            --models resnet50, | unknown model '': choose resnet50, gpt2 or irevnet
            --budgets 12potatoes | --budgets: '12potatoes' is no number of bytes
            --budgets 1GiB,0 | --budgets: a budget of 0 has room for nothing
            --budgets -1GiB | --budgets: '-1GiB' is no number of bytes
            --threads 0 | threads 0 is not within 1 and
            --prove -1 | proofs -1 is not within 0 and 6
            --models gpt2 --prove 3 | proofs 3 is not within 0 and 2
            --out / | --out / is a directory; give the name of a file
            --models resnet50 --budgets 1MiB --prove 1 | nothing of resnet50 fits into 1048576 bytes
            """)
    void whatCannotBeIsOneSentence(String line, String reason) {
        String out = line.contains("--out") ? "" : " --out " + directory.resolve("fits.md");
        Said said = Said.by(("what-fits " + line + out).split(" ", -1));
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).startsWith("backprop: ").contains(reason).hasLineCount(1);
        assertThat(directory).isEmptyDirectory();
    }

    @Test
    void theFileHasToBeTold() {
        Said said = Said.by("what-fits");
        assertThat(said.code()).isEqualTo(2);
        assertThat(said.err()).contains("Missing required option: '--out=FILE'").hasLineCount(1);
    }
}
