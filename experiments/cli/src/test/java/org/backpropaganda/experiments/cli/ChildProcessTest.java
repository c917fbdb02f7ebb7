package org.backpropaganda.experiments.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/** The program as a process: its terminal, its signals, its locale. */
@EnabledOnOs(OS.LINUX)
class ChildProcessTest {
    @TempDir
    private Path directory;

    private Path temporary;
    private Path said;

    @BeforeEach
    void make() throws IOException {
        temporary = Files.createDirectory(directory.resolve("tmp"));
        said = directory.resolve("said");
    }

    private List<String> program(String... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx256m",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-Djava.io.tmpdir=" + temporary,
                "-Dbackprop.terminal=true",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName()));
        command.addAll(List.of(arguments));
        return command;
    }

    private String said() throws IOException {
        return new String(Files.readAllBytes(said), StandardCharsets.UTF_8);
    }

    /** On a terminal of its own, with a bar, in the midst of a run: the whole group of processes is interrupted. */
    @Test
    void anInterruptOnATerminalLeavesNoTemporaryFiles() throws IOException, InterruptedException {
        String line = String.join(
                " ",
                program(
                        "compare",
                        "--model",
                        "mlp",
                        "--depth",
                        "2",
                        "--width",
                        "8",
                        "--batch",
                        "8",
                        "--steps",
                        "10000000",
                        "--strategies",
                        "plain",
                        "--threads",
                        "1",
                        "--out",
                        directory.resolve("out").toString()));
        assumeThat(line).as("words without spaces").doesNotContain("'", "\"", "$");
        Process terminal = start(List.of("script", "-qefc", "exec " + line, "/dev/null"));
        try {
            for (int i = 0; i < 1200 && !said().contains("plain") && terminal.isAlive(); i++) {
                TimeUnit.MILLISECONDS.sleep(100);
            }
            assertThat(said()).contains("plain");
            assertThat(temporary.toFile().list()).hasSize(1);
            List<ProcessHandle> group = terminal.descendants().toList();
            assertThat(group).hasSizeGreaterThanOrEqualTo(2);
            for (ProcessHandle process : group) {
                new ProcessBuilder("kill", "-INT", Long.toString(process.pid()))
                        .start()
                        .waitFor();
            }
            assertThat(terminal.waitFor(60, TimeUnit.SECONDS)).isTrue();
        } finally {
            terminal.descendants().forEach(ProcessHandle::destroyForcibly);
            terminal.destroyForcibly();
        }
        assertThat(temporary).isEmptyDirectory();
    }

    private Process start(List<String> command) throws IOException {
        try {
            return new ProcessBuilder(command)
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
        } catch (IOException e) {
            assumeThat(e).as(command.get(0)).isNull();
            throw e;
        }
    }

    /** Java takes the characters of names from the locale: an ASCII one has none for é. */
    @Test
    void namesThatTheLocaleHasNoCharactersForAreTold() throws IOException, InterruptedException {
        Path data = directory.resolve("data");
        for (String part : List.of("train", "test")) {
            for (String name : List.of("\u00e9", "\u00e8")) {
                Path folder = Files.createDirectories(data.resolve(part).resolve(name));
                ImageIO.write(
                        new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB),
                        "png",
                        folder.resolve("1.png").toFile());
            }
        }
        String[] arguments = {
            "train",
            "--model",
            "mlp",
            "--depth",
            "2",
            "--width",
            "8",
            "--batch",
            "2",
            "--steps",
            "1",
            "--data",
            "images",
            "--data-dir",
            data.toString(),
            "--state",
            directory.resolve("run.state").toString()
        };
        ProcessBuilder ascii = new ProcessBuilder(program(arguments));
        ascii.environment().put("LC_ALL", "C");
        Process process =
                ascii.redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(said().lines().filter(text -> text.startsWith("backprop: ")))
                .hasSize(1)
                .first()
                .asString()
                .contains("train/", "set LC_ALL to one that has, as C.UTF-8");
        assertThat(said()).doesNotContain("Exception");
        assertThat(process.exitValue()).isEqualTo(2);

        ProcessBuilder wide = new ProcessBuilder(program(arguments));
        wide.environment().put("LC_ALL", "C.UTF-8");
        Process works =
                wide.redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertThat(works.waitFor(120, TimeUnit.SECONDS)).isTrue();
        assertThat(said()).contains("test accuracy: ");
        assertThat(works.exitValue()).isZero();
    }
}
