package org.backpropaganda.experiments.docs;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;

/**
 * The {@code java} blocks of a Markdown document, compiled together by these rules:
 *
 * <ul>
 *   <li>A block that declares types is a source file, and all blocks of the document know its types.
 *   <li>A block of statements is the body of a method. What it takes for granted are the parameters, which a comment in
 *       front of the block tells, where readers of the page do not see it: {@code <!-- given: Tape tape, Variable x -->}.
 *   <li>All that the library publishes is imported; see {@link SnippetsTest}.
 * </ul>
 */
final class Snippets {
    private static final Pattern GIVEN = Pattern.compile("<!-- given: (.*) -->");
    private static final Pattern TYPE =
            Pattern.compile("(?:(?:public|final|abstract|sealed) )*(?:class|record|interface|enum) (\\w+).*");

    private final Path document;
    private final List<Snippet> all = new ArrayList<>();

    /** Finds the blocks. */
    Snippets(Path document, List<String> lines) {
        this.document = document;
        String given = "";
        for (int i = 0; i < lines.size(); i++) {
            Matcher matcher = GIVEN.matcher(lines.get(i));
            if (matcher.matches()) {
                given = matcher.group(1);
            } else if (lines.get(i).equals("```java")) {
                int end = i + 1 + lines.subList(i + 1, lines.size()).indexOf("```");
                all.add(new Snippet(i + 2, given, lines.subList(i + 1, end)));
                given = "";
                i = end;
            }
        }
    }

    /**
     * One block.
     *
     * @param line the number of its first line in the document, from 1 on
     * @param given parameters of the method that its statements are the body of
     */
    private record Snippet(int line, String given, List<String> text) {
        String name() {
            return "Snippet" + line;
        }

        Set<String> types() {
            return text.stream()
                    .map(TYPE::matcher)
                    .filter(Matcher::matches)
                    .map(matcher -> matcher.group(1))
                    .collect(Collectors.toCollection(TreeSet::new));
        }

        List<String> before(List<String> imports) {
            Stream<String> opening = types().isEmpty()
                    ? Stream.of("class " + name() + " { void run(" + given + ") throws Exception {")
                    : Stream.of();
            return Stream.of(Stream.of("package snippets;"), imports.stream(), opening)
                    .flatMap(lines -> lines)
                    .toList();
        }

        String source(List<String> imports) {
            Stream<String> closing = types().isEmpty() ? Stream.of("}", "}") : Stream.of();
            return Stream.of(before(imports).stream(), text.stream(), closing)
                    .flatMap(lines -> lines)
                    .collect(Collectors.joining("\n"));
        }
    }

    int count() {
        return all.size();
    }

    /**
     * What the compiler finds wrong, by document and line.
     *
     * @param imports statements by the simple name that each makes known; those of types that the document declares itself
     *     are left out
     * @param classes where compiled classes may go
     */
    List<String> errors(Map<String, String> imports, String classPath, Path classes) {
        if (all.isEmpty()) {
            return List.of();
        }
        Map<String, String> needed = new LinkedHashMap<>(imports);
        all.forEach(snippet -> needed.keySet().removeAll(snippet.types()));
        List<String> statements = List.copyOf(needed.values());
        Map<SourceText, Snippet> sources = new LinkedHashMap<>();
        all.forEach(snippet -> sources.put(new SourceText(snippet.name(), snippet.source(statements)), snippet));
        DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
        List<String> options =
                List.of("-proc:none", "--release", "17", "-classpath", classPath, "-d", classes.toString());
        ToolProvider.getSystemJavaCompiler()
                .getTask(null, null, found, options, null, sources.keySet())
                .call();
        return found.getDiagnostics().stream()
                .filter(each -> each.getKind() == Diagnostic.Kind.ERROR)
                .map(each -> inDocument(each, sources, statements))
                .toList();
    }

    private String inDocument(
            Diagnostic<? extends JavaFileObject> error, Map<SourceText, Snippet> sources, List<String> imports) {
        Snippet snippet = error.getSource() == null ? null : sources.get(error.getSource());
        String message = error.getMessage(Locale.ROOT);
        return snippet == null
                ? document + ": " + message
                : document + ":"
                        + (snippet.line()
                                + error.getLineNumber()
                                - 1
                                - snippet.before(imports).size()) + ": " + message;
    }
}
