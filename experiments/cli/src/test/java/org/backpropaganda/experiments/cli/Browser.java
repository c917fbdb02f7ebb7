package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.logging.Level;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.openqa.selenium.chrome.ChromeDriver;
import org.openqa.selenium.chrome.ChromeDriverService;
import org.openqa.selenium.chrome.ChromeOptions;
import org.openqa.selenium.logging.LogEntry;
import org.openqa.selenium.logging.LogType;
import org.openqa.selenium.logging.LoggingPreferences;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A Chromium without a window. */
final class Browser implements AutoCloseable {
    /** Where this is set to {@code required}, a missing browser fails tests that are skipped without it. */
    private static final String WANTED = "BACKPROP_BROWSER";

    private static final List<String> BROWSERS =
            List.of("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome");
    private static final List<String> DRIVERS =
            List.of("/usr/bin/chromedriver", "/usr/lib/chromium/chromedriver", "/usr/local/bin/chromedriver");

    private final ChromeDriver driver;

    private Browser(ChromeDriver driver) {
        this.driver = driver;
    }

    /** Starts one; where there is none, the test is skipped, and says so. */
    static Browser open(Path profile) {
        Optional<Path> browser = first(BROWSERS);
        Optional<Path> program = first(DRIVERS);
        boolean there = browser.isPresent() && program.isPresent();
        if (!there && "required".equals(System.getenv(WANTED))) {
            throw new AssertionError("no chromium with its chromedriver, which " + WANTED + "=required asks for");
        }
        Assumptions.assumeTrue(
                there,
                "SKIPPED: report pages are not looked at: there is no chromium with its chromedriver in /usr/bin");
        LoggingPreferences logs = new LoggingPreferences();
        logs.enable(LogType.BROWSER, Level.ALL);
        logs.enable(LogType.PERFORMANCE, Level.ALL);
        ChromeOptions options = new ChromeOptions();
        options.setBinary(browser.orElseThrow().toFile());
        options.addArguments(
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--window-size=1280,900",
                "--user-data-dir=" + profile);
        options.setCapability(ChromeOptions.LOGGING_PREFS, logs);
        ChromeDriverService service = new ChromeDriverService.Builder()
                .usingDriverExecutable(program.orElseThrow().toFile())
                .usingAnyFreePort()
                .build();
        ChromeDriver driver = new ChromeDriver(service, options);
        driver.manage().timeouts().scriptTimeout(Duration.ofSeconds(60));
        Browser opened = new Browser(driver);
        opened.forgetItsFirstTab();
        return opened;
    }

    /** The browser's own page of a new tab asks for a lot. */
    private void forgetItsFirstTab() {
        driver.get("about:blank");
        driver.manage().logs().get(LogType.BROWSER);
        driver.manage().logs().get(LogType.PERFORMANCE);
    }

    private static Optional<Path> first(List<String> places) {
        return places.stream().map(Path::of).filter(Files::isExecutable).findFirst();
    }

    ChromeDriver driver() {
        return driver;
    }

    /** Opens a page as wide as a window or a telephone, in the system's dark or light colours. */
    void show(Path page, int width, boolean dark) {
        driver.executeCdpCommand(
                "Emulation.setDeviceMetricsOverride",
                Map.of("width", width, "height", 900, "deviceScaleFactor", 1, "mobile", false));
        driver.executeCdpCommand(
                "Emulation.setEmulatedMedia",
                Map.of("features", List.of(Map.of("name", "prefers-color-scheme", "value", dark ? "dark" : "light"))));
        driver.get(page.toUri().toString());
        scrollThrough();
    }

    /** As a reader does; what is drawn when it comes near is drawn then. */
    private void scrollThrough() {
        driver.executeAsyncScript("""
                const done = arguments[0];
                const hosts = [...document.querySelectorAll('.plot')];
                const next = () => {
                  const host = hosts.find((each) => !each.dataset.drawn);
                  if (!host) { scrollTo(0, 0); requestAnimationFrame(() => requestAnimationFrame(() => done(true))); return; }
                  host.scrollIntoView({ behavior: 'instant', block: 'center' });
                  setTimeout(next, 20);
                };
                next();
                """);
    }

    /** What the body of a function returns in the page; the function has the arguments. */
    JsonNode run(String body, Object... arguments) {
        String script = "return JSON.stringify((function () {" + body + "}).apply(null, arguments) ?? null)";
        return JsonMapper.shared().readTree(String.valueOf(driver.executeScript(script, arguments)));
    }

    /** Nothing went wrong in the page since this was asked last, and it asked for nothing but files. */
    void assertQuiet() {
        List<LogEntry> said = driver.manage().logs().get(LogType.BROWSER).getAll();
        assertThat(said).as("what the page's console says").isEmpty();
        List<String> requests = driver.manage().logs().get(LogType.PERFORMANCE).getAll().stream()
                .map(entry -> JsonMapper.shared().readTree(entry.getMessage()).get("message"))
                .filter(message -> message.get("method").asString().equals("Network.requestWillBeSent"))
                .flatMap(Browser::url)
                .toList();
        assertThat(requests)
                .as("what the page asked for")
                .isNotEmpty()
                .allMatch(url -> url.startsWith("file:") || url.startsWith("data:"));
    }

    private static Stream<String> url(JsonNode message) {
        return Stream.of(message.at("/params/request/url").asString());
    }

    @Override
    public void close() {
        driver.quit();
    }
}
