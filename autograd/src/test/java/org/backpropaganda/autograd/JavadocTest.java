package org.backpropaganda.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Documentation is read one method at a time: its first sentence leans on no neighbour. */
class JavadocTest {
    private static final Path MAIN = Path.of("src/main/java/org/backpropaganda/autograd");
    private static final Pattern LEANS = Pattern.compile(
            "/\\*\\*[\\s*]*(?:The same|Also|As(?! many)|Likewise|Ditto)\\b[^\\n]*|@(?:param \\S+|return) the same,[^\\n]*");

    @ParameterizedTest
    @ValueSource(strings = {"op", "nn", "kernel"})
    void standsAlone(String name) throws IOException {
        try (Stream<Path> files = Files.walk(MAIN.resolve(name))) {
            List<Path> sources =
                    files.filter(file -> file.toString().endsWith(".java")).toList();
            assertThat(sources).isNotEmpty();
            for (Path source : sources) {
                assertThat(LEANS.matcher(Files.readString(source)).results().map(MatchResult::group))
                        .as(source.toString())
                        .isEmpty();
            }
        }
    }
}
