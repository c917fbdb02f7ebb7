package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.backpropaganda.experiments.model.Strategy;
import org.backpropaganda.experiments.page.ReportPage;
import org.backpropaganda.experiments.report.Environment;
import org.backpropaganda.experiments.report.Report;
import org.backpropaganda.experiments.report.ReportFiles;
import org.backpropaganda.experiments.run.Outcome;
import org.backpropaganda.experiments.run.RunConfig;
import org.backpropaganda.experiments.run.RunResult;
import org.backpropaganda.experiments.run.TrainingData;
import org.backpropaganda.experiments.run.TrainingRun;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.openqa.selenium.Keys;
import org.openqa.selenium.WebElement;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Pages as a reader sees them, in a browser. */
class ReportPageBrowserTest {
    private static final int MOST_TABS = 300;

    @TempDir
    private static Path directory;

    private static Browser browser;

    @BeforeAll
    static void makePages() throws IOException {
        browser = Browser.open(directory.resolve("profile"));
        compare();
        assertThat(Said.by(
                                "plan",
                                "--model",
                                "mlp",
                                "--depth",
                                "6",
                                "--width",
                                "16",
                                "--batch",
                                "8",
                                "--budget",
                                "1MiB",
                                "--out",
                                directory.resolve("plan").toString())
                        .code())
                .isZero();
        assertThat(Said.by(
                                "gradients",
                                "--depth",
                                "12",
                                "--width",
                                "8",
                                "--batch",
                                "8",
                                "--init",
                                "he-normal,normal-0.01",
                                "--out",
                                directory.resolve("gradients").toString())
                        .code())
                .isZero();
    }

    @AfterAll
    static void close() {
        if (browser != null) {
            browser.close();
        }
    }

    private static void compare() throws IOException {
        RunConfig config = new RunConfig(
                new RunConfig.Shape("revnet", 2, 8, 1, 2),
                new RunConfig.Passes(4, 2, 0, 1),
                new RunConfig.Descent("sgd", 0.05, 0, "constant"),
                new RunConfig.Source("synthetic", null, false),
                new RunConfig.Machine(1, "float"));
        List<Outcome> outcomes = new ArrayList<>();
        for (Strategy strategy : config.strategies("plain,checkpoint,reversible,decoupled")) {
            Path batch = directory.resolve(strategy + ".bin");
            try (TrainingRun run = new TrainingRun(config, strategy, TrainingData.open(config))) {
                run.train(batch, (step, of) -> {});
                Path timeline = Files.write(
                        directory.resolve(strategy + ".csv"), run.timeline().toCsv());
                RunResult result = run.result(TrainingRun.fidelity(batch, directory.resolve("plain.bin")));
                outcomes.add(new Outcome(strategy, result, "", timeline, directory.resolve("log")));
            }
        }
        Report report = new Report(
                1,
                config,
                Environment.here(1),
                outcomes.stream().map(Outcome::result).toList());
        Path log = Files.writeString(directory.resolve("log"), "no memory");
        outcomes.add(new Outcome(Strategy.parse("cheap"), null, "memory ran out <here>", log, log));
        ReportFiles files = ReportFiles.in(directory.resolve("compare"));
        files.write(report, outcomes);
        files.write(Map.of(
                ReportPage.FILE,
                file -> Pages.compare(report, outcomes, "./backprop compare").write(file)));
    }

    private static Path page(String command) {
        return directory.resolve(command).resolve(ReportPage.FILE);
    }

    /** The cells of one column of the table with a caption, by the names of the rows. */
    private static JsonNode column(String caption, String name) {
        return browser.run("""
                const table = [...document.querySelectorAll('table')].find((each) => each.caption.textContent === arguments[0]);
                const at = [...table.tHead.rows[0].cells].findIndex((each) => each.textContent === arguments[1]);
                return Object.fromEntries([...table.tBodies[0].rows].map((row) => [
                  row.cells[0].textContent,
                  row.cells[at].dataset.value === undefined ? null : Number(row.cells[at].dataset.value)]));
                """, caption, name);
    }

    @ParameterizedTest
    @CsvSource({
        "peak, /peakBytes",
        "saved, /savedActivationBytes",
        "peak of activations, /peakActivationBytes",
        "time of a step, /stepMillis/median",
        "evaluations, /forwardEvaluations",
        "gradient error, /gradient/maxRelativeError",
        "elements that differ, /gradient/differingElements",
        "signs flipped, /gradient/flippedSigns",
        "loss, /lossLast",
        "accuracy, /testAccuracy"
    })
    void figuresAreThoseOfTheReport(String heading, String field) throws IOException {
        browser.show(page("compare"), 1280, false);
        JsonNode shown = column("Memory, time and gradients of each strategy", heading);
        JsonNode runs = report().get("runs");
        assertThat(shown.size()).isEqualTo(runs.size());
        for (JsonNode run : runs) {
            assertThat(shown.get(run.get("strategy").asString()).asDouble())
                    .as(run.get("strategy").asString())
                    .isEqualTo(run.at(field).asDouble());
        }
    }

    private static JsonNode report() throws IOException {
        return JsonMapper.shared().readTree(Files.readString(directory.resolve("compare/report.json")));
    }

    /** A cell says in words what it holds. */
    @Test
    void wordsOfBytesAreTheirMebibytes() throws IOException {
        browser.show(page("compare"), 1280, false);
        JsonNode words = browser.run("""
                return Object.fromEntries([...document.querySelector('#strategies table').tBodies[0].rows].map((row) =>
                  [row.cells[0].textContent, row.cells[1].textContent]));
                """);
        for (JsonNode run : report().get("runs")) {
            String[] said = words.get(run.get("strategy").asString()).asString().split(" ", 2);
            double unit = Map.of("KiB", 1024.0, "MiB", 1048576.0).get(said[1]);
            assertThat(Double.parseDouble(said[0]))
                    .isCloseTo(run.get("peakBytes").asDouble() / unit, within(0.00501));
        }
    }

    /** What is drawn reaches the peaks, and those who are alive at the peak are all of it. */
    @Test
    void chartsHaveThePeaksOfTheReport() throws IOException {
        browser.show(page("compare"), 1280, false);
        JsonNode drawn = browser.run("""
                return Object.fromEntries(stacksOfPage.stacks.map((stack) =>
                  [stack.name, Math.max(...stack.points.map(total))]));
                """);
        JsonNode held = browser.run("""
                const page = JSON.parse(document.getElementById('data').textContent);
                const block = page.sections.flatMap((section) => section.blocks).find((each) => each.type === 'Holders');
                return Object.fromEntries(block.peaks.map((peak) =>
                  [peak.name, peak.holders.reduce((sum, each) => sum + each.bytes, 0)]));
                """);
        for (JsonNode run : report().get("runs")) {
            String strategy = run.get("strategy").asString();
            assertThat(drawn.get(strategy).asLong())
                    .as(strategy)
                    .isEqualTo(run.get("peakBytes").asLong());
            assertThat(held.get(strategy).asLong())
                    .as(strategy)
                    .isEqualTo(run.get("peakBytes").asLong());
        }
    }

    /** Any two: the parts of what is shown add up to the difference of the peaks. */
    @Test
    void partsOfADifferenceAddUp() throws IOException {
        browser.show(page("compare"), 1280, false);
        browser.run("""
                const [from, to] = document.querySelectorAll('#difference select');
                from.value = 'checkpoint'; from.dispatchEvent(new Event('change'));
                to.value = 'decoupled'; to.dispatchEvent(new Event('change'));
                """);
        JsonNode sum = browser.run("""
                return [...document.querySelectorAll('#difference tbody tr')].reduce((sum, row) =>
                  sum + Number(row.cells[1].dataset.value), 0);
                """);
        JsonNode runs = report().get("runs");
        assertThat(sum.asLong())
                .isEqualTo(runs.get(3).get("peakBytes").asLong()
                        - runs.get(1).get("peakBytes").asLong());
        String sentence = browser.run("return document.querySelector('#difference .sentence').textContent")
                .asString();
        assertThat(sentence).startsWith("decoupled against checkpoint: ");
    }

    /** A strategy without figures is told of, and not left out in silence. */
    @Test
    void aFailureIsTold() {
        browser.show(page("compare"), 1280, false);
        assertThat(browser.run("return document.querySelector('#failures li').textContent")
                        .asString())
                .isEqualTo("cheap: memory ran out <here>");
    }

    @ParameterizedTest
    @ValueSource(strings = {"compare", "plan", "gradients"})
    void everyChartIsDrawnInBothColourSchemes(String command) {
        for (boolean dark : List.of(false, true)) {
            browser.show(page(command), 1280, dark);
            String theme =
                    browser.run("return document.documentElement.dataset.theme").asString();
            assertThat(theme).isEqualTo(dark ? "dark" : "light");
            JsonNode blank = browser.run("""
                    const plots = [...document.querySelectorAll('.plot')];
                    const colours = (canvas) => {
                      const pixels = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
                      const seen = new Set();
                      for (let i = 0; i < pixels.length; i += 4) {
                        if (pixels[i + 3] > 200) { seen.add(pixels[i] << 16 | pixels[i + 1] << 8 | pixels[i + 2]); }
                      }
                      return seen.size;
                    };
                    return plots.filter((plot) => {
                      const canvas = plot.querySelector('canvas');
                      return canvas ? colours(canvas) < 3 : plot.querySelectorAll('svg rect').length < 3;
                    }).map((plot) => plot.getAttribute('aria-label'));
                    """);
            assertThat(blank.values()).isEmpty();
            JsonNode plots = browser.run("return document.querySelectorAll('.plot').length");
            assertThat(plots.asInt())
                    .isEqualTo(Map.of("compare", 7, "plan", 1, "gradients", 3).get(command));
            browser.assertQuiet();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"compare", "plan", "gradients"})
    void aTelephoneScrollsNoPageSideways(String command) {
        browser.show(page(command), 360, false);
        browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
        JsonNode width = browser.run("return document.documentElement.scrollWidth");
        assertThat(width.asInt()).isLessThanOrEqualTo(360);
        JsonNode wider = browser.run("""
                return [...document.querySelectorAll('main *')].filter((each) =>
                  !each.closest('.scroll') && each.getBoundingClientRect().right > 360.5).map((each) => each.outerHTML.slice(0, 80));
                """);
        assertThat(wider.values()).isEmpty();
    }

    /** By tabs from the top: the toggle of colours, a button of a legend, one that zooms, a list, a table's box. */
    @Test
    void theKeyboardReachesAndMovesWhatAMouseDoes() {
        browser.show(page("compare"), 1280, false);
        String before =
                browser.run("return document.documentElement.dataset.theme").asString();
        focusByTabs("#theme").sendKeys(Keys.ENTER);
        String after =
                browser.run("return document.documentElement.dataset.theme").asString();
        assertThat(after).isNotEqualTo(before);
        WebElement kind = focusByTabs("#step .legend button");
        kind.sendKeys(Keys.SPACE);
        assertThat(kind.getAttribute("aria-pressed")).isEqualTo("false");
        focusByTabs("#step button[aria-label='Zoom in']").sendKeys(Keys.ENTER);
        JsonNode ranges = browser.run("return chartsOfStep().map((u) => [u.scales.x.min, u.scales.x.max])");
        assertThat(ranges.values()).hasSize(4).allSatisfy(range -> {
            assertThat(range.get(0).asDouble()).isEqualTo(25);
            assertThat(range.get(1).asDouble()).isEqualTo(75);
        });
        focusByTabs("#difference select");
        focusByTabs("#alive .scroll");
    }

    private static WebElement focusByTabs(String selector) {
        for (int i = 0; i < MOST_TABS; i++) {
            browser.driver().switchTo().activeElement().sendKeys(Keys.TAB);
            boolean there = browser.run("return document.activeElement.matches(arguments[0])", selector)
                    .asBoolean();
            if (there) {
                String outline = browser.run("return getComputedStyle(document.activeElement).outlineStyle")
                        .asString();
                assertThat(outline).as("the outline of " + selector).isEqualTo("solid");
                return browser.driver().switchTo().activeElement();
            }
        }
        throw new AssertionError("no tab reaches " + selector);
    }

    @ParameterizedTest
    @ValueSource(strings = {"compare", "plan", "gradients"})
    void aScreenReaderHasNamesForEverything(String command) {
        browser.show(page(command), 1280, false);
        browser.run("document.querySelectorAll('details').forEach((each) => { each.open = true; })");
        JsonNode nameless = browser.run("""
                const bad = [];
                const need = (selector, holds) => document.querySelectorAll(selector).forEach((each) => {
                  if (!holds(each)) { bad.push(each.outerHTML.slice(0, 90)); }
                });
                need('table', (table) => table.caption && table.caption.textContent.trim());
                need('thead th', (cell) => cell.scope === 'col' && cell.textContent.trim());
                need('tbody tr', (row) => row.cells[0].tagName === 'TH' && row.cells[0].scope === 'row');
                need('[role=img]', (chart) => chart.getAttribute('aria-label'));
                need('button', (button) => button.textContent.trim());
                need('select', (select) => select.labels.length === 1 && select.labels[0].textContent.trim());
                need('section', (section) => document.getElementById(section.getAttribute('aria-labelledby')).tagName === 'H2');
                need('nav a', (link) => document.querySelector(link.getAttribute('href')));
                need('.plot', (plot) => plot.closest('section').querySelector('table'));
                ['header', 'nav[aria-label]', 'main', 'footer', 'h1'].forEach((one) => {
                  if (document.querySelectorAll(one).length !== 1) { bad.push(one); }
                });
                return bad;
                """);
        assertThat(nameless.values()).isEmpty();
    }
}
