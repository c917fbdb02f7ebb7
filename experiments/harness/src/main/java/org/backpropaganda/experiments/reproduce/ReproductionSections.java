package org.backpropaganda.experiments.reproduce;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.page.Block;
import org.backpropaganda.experiments.page.Column;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Table;
import org.backpropaganda.experiments.page.Words;
import org.jspecify.annotations.Nullable;

/** The sections of a page of reproductions. */
public final class ReproductionSections {
    private ReproductionSections() {}

    /** A section for each publication. */
    public static List<Section> of(List<ReproductionReport> reports) {
        return reports.stream().map(ReproductionSections::section).toList();
    }

    private static Section section(ReproductionReport report) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        report.figures()
                .forEach(figure -> rows.add(
                        Table.row(figure.what(), figure.unit(), figure.published(), figure.ours(), figure.note())));
        List<Block> blocks = new ArrayList<>();
        if (!rows.isEmpty()) {
            blocks.add(new Table(
                    "Published figures beside ours",
                    List.of(
                            Column.words("figure"),
                            Column.words("unit"),
                            Column.of("published", Format.NUMBER),
                            Column.of("ours", Format.NUMBER),
                            Column.words("note")),
                    rows));
        }
        if (!report.differences().isEmpty()) {
            blocks.add(new Words("What differs", report.differences(), false));
        }
        return new Section(report.name(), report.name(), report.source() + ".", blocks);
    }
}
