package org.backpropaganda.experiments.fit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code docs/what-fits.md} is what the command writes. */
class WhatFitsDocumentTest {
    private static final Path DOCUMENT = Path.of("../../docs/what-fits.md");
    private static final WhatFits ASKED =
            new WhatFits(Stream.of(1L, 2L, 4L, 8L).map(count -> count << 30).toList(), WhatFits.known(), 2, 2);

    /** All but the figures. */
    private static List<String> outline(String document) {
        return document.lines()
                .map(line -> line.matches("\\| (`|planner|[A-Z]).*") ? line.substring(0, line.indexOf('|', 1)) : line)
                .toList();
    }

    @Test
    void itSaysWhatTheCommandSays() throws IOException {
        LargestThatFits any = new LargestThatFits(OptionalLong.of(1), OptionalLong.of(1), OptionalLong.empty());
        List<WhatFits.Table> tables = SizedModels.all().stream()
                .map(model -> new WhatFits.Table(
                        model,
                        Arrangement.of(model, 2).stream()
                                .map(each -> new WhatFits.Row(each, Collections.nCopies(4, any)))
                                .toList()))
                .toList();
        Arrangement planner = new Arrangement(null, List.of(), 1);
        List<StepProof> proofs = SizedModels.all().stream()
                .limit(2)
                .map(model -> new StepProof(model, planner, 1, 1, 1, 1))
                .toList();
        String written = new WhatFitsAnswer(ASKED, tables, proofs).toMarkdown();
        assertThat(outline(Files.readString(DOCUMENT)))
                .as("docs/what-fits.md; write it anew by the command that it tells")
                .isEqualTo(outline(written));
    }

    /** As far as figures are quickly found again: plain's cells, which another processor may move by one. */
    @ParameterizedTest
    @CsvSource({"resnet50, 0", "resnet50, 3", "gpt2, 2", "irevnet, 1"})
    void itsFiguresAreThoseOfThisCode(String name, int budget) throws IOException {
        SizedModel model = SizedModels.find(name);
        Arrangement plain = new Arrangement("plain", List.of(), model.smallestBatch());
        long found = new WhatFits(List.of(ASKED.budgets().get(budget)), List.of(name), 2, 0)
                .row(model, plain)
                .cells()
                .get(0)
                .size()
                .orElseThrow();
        List<String> lines = Files.readAllLines(DOCUMENT);
        String row = lines.subList(lines.indexOf("## " + model.title()), lines.size()).stream()
                .filter(line -> line.startsWith("| `plain` |"))
                .findFirst()
                .orElseThrow();
        long told = Long.parseLong(
                Arrays.asList(row.split("\\|")).get(budget + 2).replace(",", "").trim());
        assertThat(told).isBetween(found - 1, found + 1);
    }
}
