package org.backpropaganda.experiments.page;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ReportPageTest {
    private static final Pattern DATA =
            Pattern.compile("<script type=\"application/json\" id=\"data\">(.*?)</script>", Pattern.DOTALL);

    private static Section section(String id, Block... blocks) {
        return new Section(id, "Figures", "", Arrays.asList(blocks));
    }

    private static JsonNode data(String html) {
        Matcher found = DATA.matcher(html);
        assertThat(found.find()).isTrue();
        return JsonMapper.shared().readTree(found.group(1));
    }

    /** A name from a file or an argument ends neither the data's element nor the title. */
    @Test
    void noTextOfTheDataBecomesMarkup() {
        String hostile = "</script><script>alert(1)</script><!-- {{script}} $1 \\";
        String html = new ReportPage(hostile, "", List.of(section("a", new Words("", List.of(hostile), false)))).html();
        JsonNode data = data(html);
        assertThat(data.get("title").asString()).isEqualTo(hostile);
        assertThat(data.at("/sections/0/blocks/0/sentences/0").asString()).isEqualTo(hostile);
        assertThat(html).doesNotContain("<script>alert");
    }

    @Test
    void asksForNothingButItself() {
        String html = new ReportPage("t", "", List.of(section("a", new Tiles(List.of())))).html();
        assertThat(html)
                .contains("default-src 'none'")
                .doesNotContain("src=", "@import", "url(http")
                .contains("Permission is hereby granted")
                .doesNotContain("{{title}}", "{{data}}", "{{library}}");
    }

    @Test
    void sectionsWithoutBlocksAreLeftOut() {
        String html = new ReportPage("t", "", List.of(section("empty"), section("there", new Tiles(List.of())))).html();
        assertThat(data(html).get("sections")).hasSize(1);
        assertThat(data(html).at("/sections/0/blocks/0/type").asString()).isEqualTo("Tiles");
    }

    /** JSON has no word for them, and a page that could not be read would show nothing at all. */
    @Test
    void whatIsNotFiniteIsNotThere() {
        Table table = new Table(
                "t",
                List.of(Column.words("a"), Column.of("b", Format.NUMBER)),
                List.of(Table.row("x", Double.NaN), Table.row("y", Double.POSITIVE_INFINITY)));
        JsonNode data = data(new ReportPage("t", "", List.of(section("a", table))).html());
        assertThat(data.at("/sections/0/blocks/0/rows/0/1").isNull()).isTrue();
        assertThat(data.at("/sections/0/blocks/0/rows/1/1").isNull()).isTrue();
    }

    @Test
    void aRowOfAnotherLengthIsRefused() {
        assertThatThrownBy(() -> new Table("t", List.of(Column.words("a")), List.of(Table.row("x", 1))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("table 't': a row of 2 cells under 1 columns");
    }

    @Test
    void aCurveOfUnequalLengthsIsRefused() {
        assertThatThrownBy(() -> new Curve("c", Curve.Style.LINE, List.of(1, 2), List.of(1.0)))
                .hasMessage("curve 'c': 2 places and 1 values");
    }
}
