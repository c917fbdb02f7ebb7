package org.backpropaganda.experiments.report.sections;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.backpropaganda.experiments.page.Overlay;
import org.backpropaganda.experiments.page.Section;
import org.backpropaganda.experiments.peak.Peak;
import org.backpropaganda.experiments.peak.PeakDifference;

/** Two strategies laid over one another, and what makes the difference of their peaks. */
final class OverlaySection {
    /** Every one of so many runs is compared with every other; of more, those of which one is plain or of the same strategy. */
    private static final int MOST = 16;

    private OverlaySection() {}

    static Section of(List<NamedRun> runs) {
        List<NamedRun> there =
                runs.stream().filter(run -> run.timeline().size() > 1).toList();
        List<Overlay> overlays = new ArrayList<>();
        if (there.size() > 1) {
            NamedRun from = there.stream().filter(NamedRun::isPlain).findFirst().orElse(there.get(0));
            NamedRun to = there.stream()
                    .filter(run -> !run.name().equals(from.name()))
                    .min(Comparator.comparing((NamedRun run) -> !run.result()
                                    .strategy()
                                    .equals(from.result().strategy()))
                            .thenComparingLong(run -> run.result().peakBytes()))
                    .orElseThrow();
            overlays.add(new Overlay("Two strategies on one axis", from.name(), to.name(), pairs(there)));
        }
        return new Section(
                "difference",
                "One strategy over another",
                "Choose any two. The parts of the difference of their peaks add up to it.",
                List.copyOf(overlays));
    }

    private static List<Overlay.Pair> pairs(List<NamedRun> runs) {
        List<Overlay.Pair> pairs = new ArrayList<>();
        for (NamedRun from : runs) {
            for (NamedRun to : runs) {
                Peak one = from.result().peak();
                Peak other = to.result().peak();
                boolean told = runs.size() <= MOST
                        || from.isPlain()
                        || from.result().strategy().equals(to.result().strategy());
                if (!from.name().equals(to.name()) && told && one != null && other != null) {
                    pairs.add(pair(PeakDifference.between(from.name(), one, to.name(), other)));
                }
            }
        }
        return pairs;
    }

    private static Overlay.Pair pair(PeakDifference difference) {
        return new Overlay.Pair(
                difference.from(),
                difference.to(),
                difference.bytes(),
                difference.sentence(),
                difference.parts().stream()
                        .map(part -> new Overlay.Part(
                                part.kind().name(), part.what(), part.fate(), part.count(), part.bytes()))
                        .toList());
    }
}
