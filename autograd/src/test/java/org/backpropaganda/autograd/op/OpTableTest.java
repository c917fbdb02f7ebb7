package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/ops.md} says what the sources say. To write it anew: {@code mvn -q -pl autograd test -Dtest=OpTableTest
 * -Dops.table=write}.
 */
class OpTableTest {
    private static final Path SOURCES = Path.of("src/main/java/org/backpropaganda/autograd/op");
    private static final Path TESTS = Path.of("src/test/java/org/backpropaganda/autograd/op");
    private static final Path TABLE = Path.of("../docs/ops.md");

    @Test
    void theTableIsUpToDate() throws IOException {
        String table = table();
        if ("write".equals(System.getProperty("ops.table"))) {
            Files.writeString(TABLE, table);
        }
        assertThat(Files.readString(TABLE)).isEqualTo(table);
    }

    private static String table() throws IOException {
        StringBuilder text = new StringBuilder("""
                # Ops

                Made from the sources by `mvn -q -pl autograd test -Dtest=OpTableTest -Dops.table=write`; the tests fail where it is
                out of date. Every op passes the contract (`OpContract`): gradients against finite differences in `DOUBLE`, `FLOAT`
                against `DOUBLE`, honest saves, exact bytes, repeatable bits. `FLOAT` computes with oneDNN where the column says so, else
                in loops of the library's own. An op with second derivatives has a recorded backward (`Tape.differentiate`), which the
                contract holds against its ordinary one and against finite differences; the others refuse by name.

                | op | keeps for backward | FLOAT | contract | second derivatives |
                |---|---|---|---|---|
                """);
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.sorted().toList()) {
                String source = Files.readString(file);
                if (isOp(source)) {
                    text.append(row(file, source));
                }
            }
        }
        return text.toString();
    }

    private static boolean isOp(String source) {
        return source.contains(" implements Op {") || isTwiceDifferentiable(source);
    }

    private static boolean isTwiceDifferentiable(String source) {
        return source.contains(" implements TwiceDifferentiable {") || source.contains(" implements LinearOp {");
    }

    private static String row(Path file, String source) {
        String name = file.getFileName().toString().replace(".java", "");
        boolean contract = Files.exists(TESTS.resolve(name + "Test.java"));
        boolean oneDnn = !source.contains("RowLoop")
                && Stream.of("kernels()", "ChannelShapes", "Rectifier", "Recurrence")
                        .anyMatch(source::contains);
        String computes = source.contains("isView()") ? "nothing to compute" : oneDnn ? "oneDNN" : "own loops";
        return "| `" + name + "` | " + saves(source) + " | " + computes + " | " + (contract ? "yes" : "no") + " | "
                + (isTwiceDifferentiable(source) ? "yes" : "no") + " |\n";
    }

    /** The lines of the Javadoc from {@code saves :} on, up to the next entry. */
    private static String saves(String source) {
        List<String> lines = source.lines()
                .dropWhile(line -> !line.startsWith(" * saves :"))
                .takeWhile(line -> !line.startsWith(" * vjp"))
                .toList();
        StringBuilder text = new StringBuilder();
        for (String line : lines) {
            text.append(' ').append(line.replaceFirst("^ \\* (saves :)? *", "").strip());
        }
        return text.toString().strip().replace("|", "\\|").replace("&gt;", ">").replace("&lt;", "<");
    }
}
