package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.experiments.page.Column;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Table;
import org.jspecify.annotations.Nullable;

/** In what several comparisons differ. */
public final class SettingsSection {
    private SettingsSection() {}

    /**
     * The settings that differ, and where they were measured if that does.
     *
     * @param settings of each comparison, by its name
     */
    public static Section of(Map<String, Map<String, String>> settings) {
        Set<String> names = new LinkedHashSet<>();
        settings.values().forEach(each -> names.addAll(each.keySet()));
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (String name : names) {
            List<@Nullable Object> row = new ArrayList<>(Table.row(name));
            settings.values().forEach(each -> row.add(each.get(name)));
            if (row.stream().skip(1).distinct().count() > 1) {
                rows.add(row);
            }
        }
        List<Column> columns = new ArrayList<>(List.of(Column.words("setting")));
        settings.keySet().forEach(name -> columns.add(Column.words(name)));
        return new Section(
                "settings",
                "What was set otherwise",
                rows.isEmpty() ? "Nothing: settings and places are the same." : "All else is the same.",
                List.of(new Table("Settings that differ", columns, rows)));
    }
}
