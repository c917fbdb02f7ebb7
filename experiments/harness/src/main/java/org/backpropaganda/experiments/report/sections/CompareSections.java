package org.backpropaganda.experiments.report.sections;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.page.Words;
import org.backpropaganda.experiments.run.Outcome;
import org.backpropaganda.experiments.run.RunResult;

/** The sections of {@code compare}: what a section has no figures for is left out by the page. */
public final class CompareSections {
    private CompareSections() {}

    /** Of runs that did not fail. */
    public static List<Section> of(List<NamedRun> runs) {
        return List.of(
                StrategiesSection.of(runs),
                TimelineSection.of(runs),
                OverlaySection.of(runs),
                HoldersSection.of(runs),
                GradientsSection.of(runs),
                CourseSection.of(runs),
                ProbeSection.of(runs),
                ModulesSection.of(runs));
    }

    /** Why strategies are not among the others; of no failures, nothing. */
    public static Section failures(List<Outcome> outcomes) {
        List<String> sentences = outcomes.stream()
                .filter(outcome -> outcome.result() == null)
                .map(outcome -> outcome.strategy() + ": " + outcome.failure())
                .toList();
        return new Section(
                "failures",
                "What failed",
                "These strategies have no figures.",
                sentences.isEmpty() ? List.of() : List.of(new Words("", sentences, false)));
    }

    /** The runs of one comparison, under the names of their strategies. */
    public static List<NamedRun> named(List<Outcome> outcomes) throws IOException {
        List<NamedRun> runs = new ArrayList<>();
        for (Outcome outcome : outcomes) {
            RunResult result = outcome.result();
            if (result != null) {
                runs.add(new NamedRun(result.strategy(), "", result, Files.readAllLines(outcome.timeline())));
            }
        }
        return runs;
    }
}
