package org.backpropaganda.experiments.report.sections;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.backpropaganda.experiments.page.Stacks;
import org.junit.jupiter.api.Test;

class TimelineSectionTest {
    /** One event of many is the peak, wherever it stands; it is drawn, with the first and the last. */
    @Test
    void fewPointsKeepThePeak() {
        Random random = new Random(1);
        for (int trial = 0; trial < 50; trial++) {
            int events = 1 + random.nextInt(5000);
            int highest = random.nextInt(events);
            List<String> lines = new ArrayList<>();
            for (int i = 0; i < events; i++) {
                lines.add(i + "," + random.nextInt(1000) + "," + (i == highest ? 5000 : random.nextInt(1000)));
            }
            Stacks.Stack stack = TimelineSection.stack("plain", lines, 100);
            List<Long> peak = line(lines.get(highest));
            assertThat(stack.peakBytes()).isEqualTo(peak.get(1) + peak.get(2));
            assertThat(stack.events()).isEqualTo(events);
            assertThat(stack.points())
                    .hasSizeLessThanOrEqualTo(102)
                    .contains(peak, line(lines.get(0)), line(lines.get(events - 1)))
                    .doesNotHaveDuplicates()
                    .isSortedAccordingTo((a, b) -> Long.compare(a.get(0), b.get(0)));
        }
    }

    private static List<Long> line(String text) {
        return List.of(text.split(",", -1)).stream().map(Long::parseLong).toList();
    }
}
