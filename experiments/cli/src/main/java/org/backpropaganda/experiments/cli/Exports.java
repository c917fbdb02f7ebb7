package org.backpropaganda.experiments.cli;

import java.util.Set;
import org.backpropaganda.experiments.export.ExportFormat;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which files for other programs a run leaves. */
final class Exports {
    @Option(
            names = "--export",
            paramLabel = "LIST",
            completionCandidates = Found.Exports.class,
            description =
                    "files for other programs, comma-separated, of ${COMPLETION-CANDIDATES}; of compare, csv and json are"
                            + " always there")
    private @Nullable String list;

    /**
     * What was asked for.
     *
     * @throws org.backpropaganda.experiments.UserException if there is no such thing
     */
    Set<ExportFormat> formats() {
        return list == null ? Set.of() : ExportFormat.parse(list);
    }
}
