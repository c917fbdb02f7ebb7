package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The launcher in a checkout of nothing but names, with a Maven and a Java that only tell how they were called. */
@EnabledOnOs(OS.LINUX)
class LauncherTest {
    /** All that it says while it builds. */
    private static final Pattern BUILDING = Pattern.compile(Pattern.quote(
                    "building ... (once for this state of the sources;"
                            + " the first time it downloads some hundred MB, which takes minutes;\nwhat it does stands in ")
            + "\\S*/launch/build\\.log\\)\n");

    private static final String MAVEN = """
            #!/bin/sh
            echo "$PWD" >> "$MAVEN_LOG"
            sleep 1
            mkdir -p experiments/cli/target/lib experiments/benchmarks/target/lib
            echo jar > experiments/cli/target/backpropaganda-cli-0.jar
            echo jar > experiments/cli/target/lib/picocli.jar
            echo peer > experiments/benchmarks/target/backpropaganda-benchmarks-0.jar
            echo peer > experiments/benchmarks/target/lib/pytorch.jar
            """;

    private static final List<String> MODULES = List.of(
            "autograd",
            "reversible",
            "checkpointing",
            "synthetic",
            "experiments/data",
            "experiments/zoo",
            "experiments/harness",
            "experiments/cli",
            "experiments/benchmarks");

    private static final String JAVA = """
            #!/bin/sh
            if [ "$1" = -version ]; then echo 'openjdk version "17.0.1"' >&2; exit; fi
            while [ "$1" != -cp ]; do shift; done
            for jar in ${2%\\*}*; do cat "$jar" || exit 3; done
            echo "locale ${LC_ALL:-}"
            echo "class path $2"
            shift 3
            for word; do echo "word $word"; done
            """;

    @TempDir
    private Path directory;

    private Path home;

    @BeforeEach
    void checkout() throws IOException {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        home = Files.createDirectory(directory.resolve("checkout"));
        Files.copy(Path.of("..", "..", "backprop"), home.resolve("backprop"));
        Files.createDirectories(home.resolve(".mvn"));
        Files.createFile(home.resolve("pom.xml"));
        Files.createDirectories(home.resolve("autograd/bom"));
        Files.createFile(home.resolve("autograd/bom/pom.xml"));
        Files.createDirectories(home.resolve("experiments/benchmarks/src/libtorch"));
        Files.createFile(home.resolve("experiments/pom.xml"));
        for (String module : MODULES) {
            Files.createDirectories(home.resolve(module).resolve("src/main"));
            Files.createFile(home.resolve(module).resolve("pom.xml"));
        }
        Path bin = Files.createDirectories(directory.resolve("jdk/bin"));
        program(bin.resolve("java"), JAVA);
        program(bin.resolve("mvn"), MAVEN);
        program(home.resolve("backprop"), Files.readString(home.resolve("backprop")));
        Path log = Files.createFile(directory.resolve("maven.log"));
        Files.setPosixFilePermissions(log, PosixFilePermissions.fromString("rw-rw-rw-"));
    }

    @AfterEach
    void writable() throws IOException {
        allow(home, "u+w");
    }

    private static void program(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    private static void allow(Path tree, String mode) throws IOException {
        run(new ProcessBuilder("chmod", "-R", mode, tree.toString()));
    }

    private record Ended(int code, String out, String err) {}

    private static Ended run(ProcessBuilder builder) throws IOException {
        return end(builder.start());
    }

    private static Ended end(Process process) throws IOException {
        String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        String err = new String(process.getErrorStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            return new Ended(process.waitFor(), out, err);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException(e);
        }
    }

    private ProcessBuilder launch(List<String> asWhom, String... arguments) {
        List<String> command = new ArrayList<>(asWhom);
        command.add(home.resolve("backprop").toString());
        command.addAll(List.of(arguments));
        ProcessBuilder builder = new ProcessBuilder(command);
        Map<String, String> environment = builder.environment();
        environment.put("JAVA_HOME", directory.resolve("jdk").toString());
        environment.put("PATH", directory.resolve("jdk/bin") + ":" + environment.get("PATH"));
        environment.put("MAVEN_LOG", directory.resolve("maven.log").toString());
        environment.put("XDG_CACHE_HOME", directory.resolve("cache").toString());
        return builder;
    }

    private List<String> builds() throws IOException {
        return Files.readAllLines(directory.resolve("maven.log"));
    }

    /** Another user, where this one may become one; nobody owns nothing. */
    private static List<String> somebodyElse() throws IOException {
        List<String> nobody = List.of("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups");
        List<String> trial = new ArrayList<>(nobody);
        trial.add("true");
        try {
            assumeThat(run(new ProcessBuilder(trial)).code()).isZero();
        } catch (IOException e) {
            assumeThat(e).as("setpriv").isNull();
        }
        return nobody;
    }

    @Test
    void buildsOnceForEachStateOfTheSources() throws IOException {
        Ended first = run(launch(List.of(), "train", "--state", "a b", "@c"));
        assertThat(first.err()).matches(BUILDING);
        assertThat(first.code()).isZero();
        assertThat(first.out()).contains("word train\nword --state\nword a b\nword @c\n");
        Ended second = run(launch(List.of()));
        assertThat(second.err()).isEmpty();
        assertThat(second.code()).isZero();
        assertThat(builds()).containsExactly(home.toString());
        Files.writeString(home.resolve("autograd/src/main/A.java"), "class A {}");
        assertThat(run(launch(List.of())).code()).isZero();
        assertThat(builds()).hasSize(2);
    }

    @Test
    void everyModuleCounts() throws IOException {
        assertThat(run(launch(List.of())).code()).isZero();
        for (int i = 0; i < MODULES.size(); i++) {
            Files.writeString(home.resolve(MODULES.get(i)).resolve("src/main/A.java"), "class A {}");
            assertThat(run(launch(List.of())).code()).isZero();
            assertThat(builds()).as(MODULES.get(i)).hasSize(2 + i);
        }
    }

    @Test
    void theBenchmarkAloneHasItsPeer() throws IOException {
        assertThat(run(launch(List.of(), "summary")).out()).contains("jar\n").doesNotContain("peer\n");
        assertThat(run(launch(List.of(), "bench")).out()).contains("jar\n", "peer\n");
        assertThat(builds()).hasSize(2);
    }

    @Test
    void twoAtOnceBuildOnce() throws IOException {
        Process one = launch(List.of()).start();
        Process two = launch(List.of()).start();
        assertThat(end(one).code()).isZero();
        assertThat(end(two).code()).isZero();
        assertThat(builds()).hasSize(1);
    }

    @Test
    void aReadOnlyCheckoutIsBuiltInTheCache() throws IOException {
        List<String> whom = new ArrayList<>();
        if (Files.isWritable(Path.of("/"))) {
            whom.addAll(somebodyElse());
            Path cache = Files.createDirectory(directory.resolve("cache"));
            Files.setPosixFilePermissions(cache, PosixFilePermissions.fromString("rwxrwxrwx"));
        }
        allow(home, "a-w");
        Ended first = run(launch(whom));
        assertThat(first.err()).matches(BUILDING);
        assertThat(first.code()).isZero();
        assertThat(run(launch(whom)).code()).isZero();
        assertThat(builds())
                .hasSize(1)
                .first()
                .asString()
                .startsWith(directory.resolve("cache") + "/backprop/sources/");
        assertThat(home.resolve("target")).doesNotExist();
        try (Stream<Path> left = Files.list(directory.resolve("cache/backprop/sources"))) {
            assertThat(left).isEmpty();
        }
    }

    @Test
    void whatOneUserBuiltAnotherRuns() throws IOException {
        List<String> other = somebodyElse();
        assertThat(run(launch(List.of())).code()).isZero();
        Ended ended = run(launch(other, "summary"));
        assertThat(ended.err()).isEmpty();
        assertThat(ended.code()).isZero();
        assertThat(ended.out()).contains("class path " + home + "/target/launch/", "word summary");
        assertThat(builds()).hasSize(1);
    }

    @Test
    void withNowhereToBuildItSaysSo() throws IOException {
        List<String> whom = new ArrayList<>();
        if (Files.isWritable(Path.of("/"))) {
            whom.addAll(somebodyElse());
        } else {
            allow(directory.resolve("jdk"), "a-w");
        }
        Files.createFile(directory.resolve("cache"));
        allow(home, "a-w");
        Ended ended = run(launch(whom));
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err())
                .startsWith("backprop: neither ")
                .contains("can be written")
                .hasLineCount(1);
    }

    /** Whose class path it is may run for longer than a state is kept. */
    @Test
    void aStateThatRunsIsNotSwept() throws IOException {
        assertThat(run(launch(List.of())).code()).isZero();
        Path launches = home.resolve("target/launch");
        Path old;
        try (Stream<Path> states = Files.list(launches)) {
            old = states.filter(Files::isDirectory).findFirst().orElseThrow();
        }
        Process running = new ProcessBuilder("flock", "-s", old.toString(), "sleep", "60").start();
        try {
            Files.writeString(home.resolve("pom.xml"), "<project/>");
            run(new ProcessBuilder("touch", "-d", "10 days ago", old.toString()));
            assertThat(run(launch(List.of())).code()).isZero();
            assertThat(old).exists();
        } finally {
            running.descendants().forEach(ProcessHandle::destroyForcibly);
            running.destroyForcibly().onExit().join();
        }
        Files.writeString(home.resolve("pom.xml"), "<project></project>");
        run(new ProcessBuilder("touch", "-d", "10 days ago", old.toString()));
        assertThat(run(launch(List.of())).code()).isZero();
        assertThat(old).doesNotExist();
    }

    @Test
    void anAsciiLocaleIsReplaced() throws IOException {
        ProcessBuilder ascii = launch(List.of());
        ascii.environment().put("LC_ALL", "C");
        assertThat(run(ascii).out()).contains("locale C.UTF-8\n");
    }

    @Test
    void aColonInThePathIsRefused() throws IOException {
        Path colon = directory.resolve("a:b");
        Files.move(home, colon);
        home = colon;
        Ended ended = run(launch(List.of()));
        assertThat(ended.code()).isEqualTo(2);
        assertThat(ended.err())
                .startsWith("backprop: the path ")
                .contains("colon")
                .hasLineCount(1);
    }
}
