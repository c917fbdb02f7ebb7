package org.backpropaganda.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Javadoc stands alone: in a hover, nobody sees what it would be the same as. */
class JavadocOpeningsTest {
    private static final Pattern LEANING =
            Pattern.compile("/\\*\\*\\s*(?:\\*\\s*)?((?:The same|Also|As|Likewise|Ditto)\\b.*)");

    @ParameterizedTest
    @ValueSource(strings = {"tensor", "io", "optim", "check"})
    void tellsWhatItIsAbout(String name) throws IOException {
        List<String> leaning = new ArrayList<>();
        try (Stream<Path> files = Files.list(Path.of("src/main/java/org/backpropaganda/autograd", name))) {
            for (Path file : files.filter(f -> f.toString().endsWith(".java")).toList()) {
                Matcher found = LEANING.matcher(Files.readString(file));
                while (found.find()) {
                    leaning.add(file.getFileName() + ": " + found.group(1));
                }
            }
        }
        assertThat(leaning).isEmpty();
    }
}
