package org.backpropaganda.autograd.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The rule for loops in two element types: they are written once, in {@code FLOAT}, where the compiler vectorises them, and those
 * in {@code DOUBLE} follow from the text. {@code -Dloops.twins=write} writes them, to be formatted by Spotless.
 */
class TwinLoopsTest {
    private static final Path MAIN = Path.of("src/main/java");
    private static final Pattern DOC = Pattern.compile("/\\*\\*.*?\\*/\nfinal class", Pattern.DOTALL);

    /** Two loop bodies in one call: twins that somebody writes by hand. */
    private static final Pattern BY_HAND = Pattern.compile(
            "Loop\\.run\\(\\s*\\w+,\\s*\\(\\w+, \\w+, \\w+\\) -> \\{(?:(?!Loop\\.run).)*?\\},\\s*\\(\\w+, \\w+, \\w+\\) -> \\{",
            Pattern.DOTALL);

    static List<Path> floatLoops() throws IOException {
        try (Stream<Path> files = Files.walk(MAIN)) {
            return files.filter(file -> file.endsWith("FloatLoops.java"))
                    .sorted()
                    .toList();
        }
    }

    static String twin(String floats) {
        String text = floats.replace("float", "double").replace("Float", "Double");
        text = text.replace("(double) ", "").replaceAll("\\b(\\d+)f\\b", "$1");
        return DOC.matcher(text)
                .replaceFirst(
                        "/** {@link FloatLoops} in {@code DOUBLE}, made from its text by {@code TwinLoopsTest}. */\n"
                                + "final class");
    }

    private static String withoutSpace(String text) {
        return text.replaceAll("\\s+", "");
    }

    @Test
    void areInThreePackages() throws IOException {
        assertThat(floatLoops()).hasSize(3);
    }

    @ParameterizedTest
    @MethodSource("floatLoops")
    void followFromTheText(Path floats) throws IOException {
        Path doubles = floats.resolveSibling("DoubleLoops.java");
        String twin = twin(Files.readString(floats));
        if ("write".equals(System.getProperty("loops.twins"))) {
            Files.writeString(doubles, twin);
        }
        assertThat(withoutSpace(Files.readString(doubles)))
                .as("%s; mvn -q -pl autograd test -Dtest=TwinLoopsTest -Dloops.twins=write spotless:apply", doubles)
                .isEqualTo(withoutSpace(twin));
    }

    @Test
    void noneAreWrittenByHand() throws IOException {
        try (Stream<Path> files = Files.walk(MAIN)) {
            assertThat(files.filter(file -> file.toString().endsWith(".java"))
                            .filter(file -> BY_HAND.matcher(read(file)).find()))
                    .isEmpty();
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
