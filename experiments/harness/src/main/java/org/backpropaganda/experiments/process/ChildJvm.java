package org.backpropaganda.experiments.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A JVM of its own for one run. Its heap is fixed and touched beforehand, so that what grows while it trains is native
 * memory: the pool's.
 */
public final class ChildJvm {
    private static final String HEAP = "768m";
    private static final String PROGRAM = "backprop: ";

    /** Shells and the JVM report an end by a signal as this and the signal's number. */
    private static final int SIGNALLED = 128;

    private static final int KILL = 9;

    private final Class<?> program;
    private final int threads;
    private final Path log;
    private final Map<String, String> environment;

    /**
     * A child to start.
     *
     * @param program whose main method it runs
     * @param threads of its native kernels
     * @param log what it prints to its error stream
     */
    public ChildJvm(Class<?> program, int threads, Path log) {
        this(program, threads, log, Map.of());
    }

    /** A child to start with environment variables of its own, besides those of this process. */
    public ChildJvm(Class<?> program, int threads, Path log, Map<String, String> environment) {
        this.program = program;
        this.threads = threads;
        this.log = log;
        this.environment = environment;
    }

    /**
     * Runs the program in a child and waits for its end.
     *
     * @param output told each line that it prints
     * @return the exit code
     */
    public int run(List<String> arguments, Consumer<String> output) throws IOException {
        ProcessBuilder builder = new ProcessBuilder(command(arguments));
        builder.environment().put("OMP_NUM_THREADS", Integer.toString(threads));
        builder.environment().putAll(environment);
        builder.redirectError(log.toFile());
        Process process = builder.start();
        Thread killer = new Thread(process::destroyForcibly);
        Runtime.getRuntime().addShutdownHook(killer);
        try (BufferedReader reader = process.inputReader(StandardCharsets.UTF_8)) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                output.accept(line);
            }
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a run went on", e);
        } finally {
            process.destroyForcibly();
            forget(killer);
        }
    }

    private static void forget(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // The hook runs already, or has run: this JVM is shutting down.
        }
    }

    /** Why a child ended with a code other than 0. */
    public String failure(int code) throws IOException {
        if (code == SIGNALLED + KILL) {
            return "the system killed it, which mostly means that memory ran out; choose a smaller model or batch";
        }
        if (code > SIGNALLED) {
            return "it ended by signal " + (code - SIGNALLED);
        }
        String words = lastWords();
        return words.startsWith(PROGRAM) ? words.substring(PROGRAM.length()) : words;
    }

    /** The last cause in the log, or else its last line, which tells the cause where a child failed. */
    private String lastWords() throws IOException {
        // A library may write in whatever character set.
        List<String> lines = new String(Files.readAllBytes(log), StandardCharsets.UTF_8)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("\t"))
                .toList();
        List<String> causes =
                lines.stream().filter(line -> line.startsWith("Caused by: ")).toList();
        List<String> telling = causes.isEmpty() ? lines : causes;
        return telling.isEmpty() ? "it said nothing" : telling.get(telling.size() - 1);
    }

    private List<String> command(List<String> arguments) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.add("-Xms" + HEAP);
        command.add("-Xmx" + HEAP);
        command.add("-XX:+AlwaysPreTouch");
        command.add("-XX:+UseSerialGC");
        command.add("-Dorg.bytedeco.javacpp.maxphysicalbytes=0");
        command.add("-Dorg.bytedeco.javacpp.maxbytes=0");
        if (Runtime.version().feature() >= 24) {
            command.add("--enable-native-access=ALL-UNNAMED");
            command.add("--sun-misc-unsafe-memory-access=allow");
        }
        command.add("-cp");
        command.add(System.getProperty("java.class.path"));
        command.add(program.getName());
        command.addAll(arguments);
        return command;
    }
}
