package org.backpropaganda.experiments.page;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code report.html}: one file with its styles, scripts and data, which asks no network for anything.
 *
 * <pre>{@code
 * new ReportPage("Drift of revnet", "./backprop drift --model revnet", List.of(section)).write(Path.of("report.html"));
 * }</pre>
 *
 * @param title the heading
 * @param subtitle below it
 * @param sections in order; those without blocks are left out
 */
public record ReportPage(String title, String subtitle, List<Section> sections) {
    /** The file's usual name. */
    public static final String FILE = "report.html";

    private static final Pattern PLACE = Pattern.compile("\\{\\{(\\w+)}}");
    private static final List<String> SCRIPTS = List.of(
            "format.js",
            "dom.js",
            "theme.js",
            "table.js",
            "chart.js",
            "lines.js",
            "stacks.js",
            "overlay.js",
            "treemap.js",
            "strip.js",
            "page.js");
    private static final String LIBRARY = "META-INF/maven/org.webjars.npm/uplot/pom.properties";
    private static final String LIBRARY_FILES = "META-INF/resources/webjars/uplot/";

    private static final JsonMapper MAPPER =
            JsonMapper.builder().addModule(new FiniteNumbers()).build();

    /** Leaves empty sections out. */
    public ReportPage {
        sections =
                sections.stream().filter(section -> !section.blocks().isEmpty()).toList();
    }

    /** Writes the page to a file. */
    public void write(Path file) throws IOException {
        Files.writeString(file, html());
    }

    /** The page as text. */
    public String html() {
        String version = libraryVersion();
        Map<String, String> parts = Map.of(
                "title", escaped(title),
                "style", style(library(version, "dist/uPlot.min.css") + own("page.css")),
                "licence", script("/*\nuPlot " + version + "\n\n" + library(version, "LICENSE") + "\n*/"),
                "library", script(library(version, "dist/uPlot.iife.min.js")),
                "data", json(),
                "script", script(SCRIPTS.stream().map(ReportPage::own).collect(Collectors.joining("\n"))));
        return PLACE.matcher(own("page.html"))
                .replaceAll(place -> Matcher.quoteReplacement(
                        Objects.requireNonNull(parts.get(place.group(1)), () -> "page.html asks for " + place)));
    }

    /** No text of the data ends the element that holds them. */
    private String json() {
        return MAPPER.writeValueAsString(this).replace("<", "\\u003c");
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }

    private static String script(String text) {
        return within(text, "</script");
    }

    private static String style(String text) {
        return within(text, "</style");
    }

    private static String within(String text, String end) {
        if (text.contains(end)) {
            throw new IllegalStateException("a file of the page contains " + end + ", which would end its element");
        }
        return text;
    }

    private static String libraryVersion() {
        Properties properties = new Properties();
        try (InputStream in = open(ReportPage.class.getClassLoader().getResourceAsStream(LIBRARY), LIBRARY)) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return Objects.requireNonNull(properties.getProperty("version"));
    }

    private static String library(String version, String name) {
        String path = LIBRARY_FILES + version + "/" + name;
        return read(ReportPage.class.getClassLoader().getResourceAsStream(path), path);
    }

    private static String own(String name) {
        return read(ReportPage.class.getResourceAsStream(name), name);
    }

    private static String read(@Nullable InputStream stream, String name) {
        try (InputStream in = open(stream, name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(@Nullable InputStream stream, String name) {
        if (stream == null) {
            throw new IllegalStateException("the class path has no " + name + ", which the page is made of");
        }
        return stream;
    }
}
