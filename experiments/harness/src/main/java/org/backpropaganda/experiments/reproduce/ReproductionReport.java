package org.backpropaganda.experiments.reproduce;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.backpropaganda.experiments.report.Columns;

/**
 * What one reproduction gave; the names are those of {@code reproduce.json}.
 *
 * @param name of the reproduction
 * @param source the publication
 * @param figures in order
 * @param differences a sentence each
 */
public record ReproductionReport(
        String name, String source, List<Reproduction.Figure> figures, List<String> differences) {

    /** The figures in a table, and what differs below it. */
    public String text() {
        List<List<String>> rows = new ArrayList<>();
        rows.add(List.of("figure", "unit", "published", "ours", ""));
        for (Reproduction.Figure figure : figures) {
            String published = figure.published();
            rows.add(List.of(
                    figure.what(),
                    figure.unit(),
                    published == null ? "-" : published,
                    String.format(Locale.ROOT, "%.1f", figure.ours()),
                    figure.note()));
        }
        StringBuilder text = new StringBuilder(name + ": " + source + System.lineSeparator());
        text.append(Columns.of(rows));
        differences.forEach(each -> text.append("differs: ").append(each).append(System.lineSeparator()));
        return text.toString();
    }

    /** The same as a section of a document in Markdown, with the command that makes it. */
    public String markdown() {
        StringBuilder text = new StringBuilder("## `./backprop reproduce " + name + "`\n\n" + source + ".\n\n");
        if (!figures.isEmpty()) {
            text.append("| figure | unit | published | ours | |\n|---|---|---|---|---|\n");
            for (Reproduction.Figure figure : figures) {
                String published = figure.published();
                text.append(String.format(
                        Locale.ROOT,
                        "| %s | %s | %s | %.1f | %s |\n",
                        figure.what(),
                        figure.unit(),
                        published == null ? "" : published,
                        figure.ours(),
                        figure.note()));
            }
            text.append('\n');
        }
        differences.forEach(each -> text.append("- ").append(each).append('\n'));
        return text.toString();
    }
}
