package org.backpropaganda.autograd;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.backpropaganda.autograd.tensor.DType;
import org.junit.jupiter.api.Test;

/**
 * Where element types differ, code decides for each of them, so that the compiler names every place that a new one has to
 * be decided in: no type is told by its not being another, no switch has a default, no size is written as a number.
 */
class OpenElementTypesTest {
    private static final String NAMES = names(type -> true);

    /** Labels and masks may be asked for by name. */
    private static final Pattern COMPARISON =
            Pattern.compile("[!=]=\\s*DType\\." + names(DType::isDifferentiable) + "\\b");

    private static final Pattern SWITCH = Pattern.compile("\\bswitch\\s*\\(");
    private static final Pattern CASE = Pattern.compile("\\bcase\\s+" + NAMES + "\\b");
    private static final Pattern DEFAULT = Pattern.compile("\\bdefault\\s*(->|:)");
    private static final Pattern SIZE = Pattern.compile(
            "\\.(get|put)(Float|Double|Int|Long)\\([^)]*\\b[48]L?\\s*\\*" + "|address\\(\\)\\s*\\+\\s*[48]\\b");

    /** Files that may tell types apart in another way, and why. */
    private static final Map<String, String> REASONS = Map.of(
            "CheckedFunction.java", "finite differences are taken in DOUBLE, and whatever else comes is refused");

    private static String names(Predicate<DType> which) {
        return Stream.of(DType.values()).filter(which).map(DType::name).collect(Collectors.joining("|", "(", ")"));
    }

    @Test
    void everyPlaceDecidesForEveryType() {
        List<String> found = new ArrayList<>();
        int files = 0;
        for (Path file : mainSources()) {
            String name = file.getFileName().toString();
            files++;
            if (!REASONS.containsKey(name)) {
                faults(read(file)).forEach(fault -> found.add(name + ": " + fault));
            }
        }
        assertThat(files).isGreaterThan(200);
        assertThat(found)
                .as("switch over DType, with a case for each type and no default; DType.nearest and DType.bytes know"
                        + " values and sizes")
                .isEmpty();
    }

    @Test
    void seesWhatItForbids() {
        assertThat(faults("double y = x.dtype() == DType.FLOAT ? (float) d : d;"))
                .hasSize(1);
        assertThat(faults("if (x.dtype() != DType.INT) {}")).isEmpty();
        assertThat(faults("boolean wide = dtype != DType.DOUBLE;")).hasSize(1);
        assertThat(faults("return switch (dtype) { case FLOAT -> 1; default -> 2; };"))
                .hasSize(1);
        assertThat(faults("return switch (dtype) { case FLOAT -> switch (x) { default -> 1; }; case DOUBLE -> 2; };"))
                .isEmpty();
        assertThat(faults("return switch (kind) { case SGD -> 1; default -> 2; };"))
                .isEmpty();
        assertThat(faults("bytes.getFloat(4 * i)")).hasSize(1);
        assertThat(faults("bytes.getFloat(width * i)")).isEmpty();
    }

    private static List<String> faults(String source) {
        List<String> faults = new ArrayList<>();
        Stream.of(COMPARISON, SIZE)
                .flatMap(pattern -> pattern.matcher(source).results())
                .forEach(match -> faults.add(match.group()));
        Matcher found = SWITCH.matcher(source);
        while (found.find()) {
            String own = ownText(source, source.indexOf('{', found.end()));
            if (CASE.matcher(own).find() && DEFAULT.matcher(own).find()) {
                faults.add("a switch over types with a default: "
                        + own.strip().lines().findFirst().orElse(""));
            }
        }
        return faults;
    }

    /** What stands between a brace and its partner, without what stands in braces inside. */
    private static String ownText(String source, int open) {
        StringBuilder own = new StringBuilder();
        int depth = 0;
        int at = open;
        do {
            char c = source.charAt(at++);
            depth += c == '{' ? 1 : c == '}' ? -1 : 0;
            if (depth == 1) {
                own.append(c);
            }
        } while (depth > 0);
        return own.toString();
    }

    /** Of every module of the checkout. */
    private static List<Path> mainSources() {
        Path root = Path.of("").toAbsolutePath();
        while (!Files.exists(root.resolve("autograd/src/main/java"))) {
            root = root.getParent();
        }
        try (Stream<Path> files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .filter(file -> file.toString().contains("/src/main/java/"))
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
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
