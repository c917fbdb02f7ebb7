package org.backpropaganda.experiments.docs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every relative link of README and docs leads to a file, and to a heading of it. */
class LinksTest {
    private static final Path HOME = Path.of("../..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:)([^)#\\s]*)(?:#([^)\\s]+))?\\)");
    private static final Pattern HEADING = Pattern.compile("(?m)^#+ (.+)$");

    private static List<Path> documents() throws IOException {
        List<Path> all = new ArrayList<>(List.of(HOME.resolve("README.md"), HOME.resolve("CHANGELOG.md")));
        try (Stream<Path> docs = Files.walk(HOME.resolve("docs"))) {
            docs.filter(file -> file.toString().endsWith(".md")).sorted().forEach(all::add);
        }
        return all;
    }

    @ParameterizedTest
    @MethodSource("documents")
    void lead(Path document) throws IOException {
        assertThat(broken(document, Files.readString(document))).isEmpty();
    }

    private static List<String> broken(Path document, String text) {
        return LINK.matcher(text)
                .results()
                .filter(link -> !leads(document, link.group(1), link.group(2) == null ? "" : link.group(2)))
                .map(link -> link.group())
                .toList();
    }

    private static boolean leads(Path document, String file, String anchor) {
        Path target = file.isEmpty() ? document : document.resolveSibling(file).normalize();
        if (!Files.exists(target)) {
            return false;
        }
        try {
            return anchor.isEmpty()
                    || HEADING.matcher(Files.readString(target))
                            .results()
                            .anyMatch(heading -> anchorOf(heading.group(1)).equals(anchor));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String anchorOf(String heading) {
        return heading.toLowerCase(Locale.ROOT)
                .replaceAll("[^\\p{L}\\p{N} _-]", "")
                .replace(' ', '-');
    }

    @Test
    void brokenOnesAreFound() {
        Path readme = HOME.resolve("README.md");
        assertThat(broken(
                        readme,
                        "[a](docs/nothing.md), [b](docs/ops.md), [c](docs/ops.md#nothing), [d](#two-commands)\n"))
                .containsExactly("](docs/nothing.md)", "](docs/ops.md#nothing)");
    }
}
