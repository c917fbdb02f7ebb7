package org.backpropaganda.autograd.op;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.backpropaganda.autograd.testkit.LibraryLog;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/ops.md} says what the sources say, what oneDNN's log says that ops run, and what
 * {@link ElementwiseAccuracyTest} measures. To write it anew: {@code mvn -q -pl autograd test -Dtest=OpTableTest
 * -Dops.table=write}.
 */
class OpTableTest {
    private static final Path SOURCES = Path.of("src/main/java/org/backpropaganda/autograd/op");
    private static final Path TESTS = Path.of("src/test/java/org/backpropaganda/autograd/op");
    private static final Path TABLE = Path.of("../docs/ops.md");

    private record OpSource(String name, String text) {
        boolean isTwiceDifferentiable() {
            return Stream.of("TwiceDifferentiable", "LinearOp", "Elementwise", "KernelFunction")
                    .anyMatch(kind ->
                            text.contains("record " + name + "(") && text.contains(") implements " + kind + " {"));
        }

        boolean isOp() {
            return text.contains(" implements Op {") || isTwiceDifferentiable();
        }

        boolean hasContract() {
            return Files.exists(TESTS.resolve(name + "Test.java"));
        }

        String contract() {
            return "org.backpropaganda.autograd.op." + name + "Test";
        }
    }

    @Test
    void theTableIsUpToDate() throws IOException, InterruptedException {
        String table = table();
        if ("write".equals(System.getProperty("ops.table"))) {
            Files.writeString(TABLE, table);
        }
        assertThat(Files.readString(TABLE)).isEqualTo(table);
    }

    private static String table() throws IOException, InterruptedException {
        StringBuilder text = new StringBuilder("""
                # Ops

                Made from the sources by `mvn -q -pl autograd test -Dtest=OpTableTest -Dops.table=write`; the tests fail where it is
                out of date. Every op passes the contract (`OpContract`): gradients against finite differences in `DOUBLE`, `FLOAT`
                against `DOUBLE`, honest saves, exact bytes, repeatable bits, NaN that shows in all that depends on it. `FLOAT`
                computes with the named primitives of oneDNN, as its own log says of the contract's cases, and all else in loops of
                the library's own. An op with second derivatives has a recorded backward (`Tape.differentiate`), which the contract
                holds against its ordinary one and against finite differences; the others refuse by name.

                The error is that of elementwise functions in `FLOAT` against the same in `DOUBLE`, rounded up, in units of the last
                place (ulp) of a result that is a normal number: at all exponents times 4,096 mantissas, both signs
                (`ElementwiseAccuracyTest`; all 2³² floats with `-Dtests.floats=all`). A slope is the derivative from what the op
                keeps: its input, or its output. Where a slope crosses 0 its error is below 2⁻²³; below the normal numbers errors are
                at most 2⁻¹⁴⁶. At ±∞ functions and slopes have their limits.

                | op | keeps for backward | FLOAT | error, ulp | contract | second derivatives |
                |---|---|---|---|---|---|
                """);
        List<OpSource> ops = ops();
        Map<String, SortedSet<String>> primitives = LibraryLog.primitives(ops.stream()
                .filter(OpSource::hasContract)
                .map(OpSource::contract)
                .toList());
        for (OpSource op : ops) {
            text.append(row(op, primitives.getOrDefault(op.contract(), new TreeSet<>())));
        }
        return text.toString();
    }

    private static List<OpSource> ops() throws IOException {
        List<OpSource> ops = new ArrayList<>();
        try (Stream<Path> files = Files.list(SOURCES)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString().replace(".java", "");
                OpSource op = new OpSource(name, Files.readString(file));
                if (op.isOp()) {
                    ops.add(op);
                }
            }
        }
        return ops;
    }

    private static String row(OpSource op, SortedSet<String> primitives) {
        String computes = op.text().contains("isView()")
                ? "nothing to compute"
                : primitives.isEmpty() ? "own loops" : "oneDNN: " + String.join(", ", primitives);
        return "| `" + op.name() + "` | " + saves(op.text()) + " | " + computes + " | " + errors(op.name()) + " | "
                + (op.hasContract() ? "yes" : "no") + " | " + (op.isTwiceDifferentiable() ? "yes" : "no") + " |\n";
    }

    private static String errors(String op) {
        return ElementwiseAccuracy.all().stream()
                .filter(accuracy -> accuracy.op().equals(op))
                .map(accuracy -> (accuracy.part().isEmpty() ? "" : accuracy.part() + " ")
                        + (accuracy.ulps() == 0 ? "exact" : accuracy.ulps()))
                .collect(Collectors.joining("; "));
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
