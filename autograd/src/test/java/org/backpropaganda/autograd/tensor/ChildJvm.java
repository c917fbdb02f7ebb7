package org.backpropaganda.autograd.tensor;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Runs a main class in a JVM of its own, for what could take the JVM down. */
final class ChildJvm {
    private ChildJvm() {}

    /** How a child ended: 0 is well, 134 a crash; and what it printed, its errors among it. */
    record Outcome(int exitCode, String output) {}

    static Outcome run(Class<?> main, String... args) throws IOException, InterruptedException {
        return start(command(main, args));
    }

    /** The same with the address space limited as by {@code ulimit -v}. */
    static Outcome runWithin(long kibibytes, Class<?> main, String... args) throws IOException, InterruptedException {
        String line = command(main, args).stream()
                .map(word -> "'" + word.replace("'", "'\\''") + "'")
                .collect(Collectors.joining(" "));
        return start(List.of("/bin/sh", "-c", "ulimit -v " + kibibytes + " && exec " + line));
    }

    private static List<String> command(Class<?> main, String... args) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx128m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-CreateCoredumpOnCrash",
                "-XX:ErrorFile=/dev/null",
                "-cp",
                System.getProperty("java.class.path"),
                main.getName()));
        command.addAll(List.of(args));
        return command;
    }

    private static Outcome start(List<String> command) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            return new Outcome(child.waitFor(), output);
        } finally {
            child.destroyForcibly();
        }
    }
}
