package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.page.Column;
import org.backpropaganda.experiments.page.Format;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Table;
import org.backpropaganda.experiments.run.RunResult;
import org.jspecify.annotations.Nullable;

/** What modules on threads of their own did with their time. */
final class ModulesSection {
    private ModulesSection() {}

    static Section of(List<NamedRun> runs) {
        List<List<@Nullable Object>> rows = new ArrayList<>();
        for (NamedRun run : runs) {
            for (RunResult.ModuleFigures module : run.result().modules()) {
                rows.add(Table.row(
                        run.name() + ", module " + module.module(),
                        module.busyMillis(),
                        module.waitingMillis(),
                        module.deepestQueue(),
                        module.updates(),
                        module.meanStaleness(),
                        module.mostStaleness()));
            }
        }
        return new Section(
                "modules",
                "Modules on threads of their own",
                "Staleness is the updates between a batch's run through a module and the update with its gradient.",
                rows.isEmpty()
                        ? List.of()
                        : List.of(new Table(
                                "Time and staleness of each module",
                                List.of(
                                        Column.words("module"),
                                        Column.bars("busy", Format.MILLIS),
                                        Column.bars("waiting", Format.MILLIS),
                                        Column.of("deepest queue", Format.COUNT),
                                        Column.of("updates", Format.COUNT),
                                        Column.of("mean staleness", Format.NUMBER),
                                        Column.of("most", Format.COUNT)),
                                rows)));
    }
}
