package org.backpropaganda.autograd.testkit;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;

/** Which of oneDNN's primitives the ops run in {@code FLOAT}, from the log that oneDNN itself writes in a JVM of its own. */
public final class LibraryLog {
    private static final String EXECUTED = ",exec,cpu,";

    private LibraryLog() {}

    /**
     * Runs contracts.
     *
     * @param contracts names of classes that extend {@link OpContract}
     * @return for each the kinds of primitives, such as {@code matmul}
     */
    public static Map<String, SortedSet<String>> primitives(List<String> contracts)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-Dorg.bytedeco.javacpp.maxphysicalbytes=0",
                "-Dorg.bytedeco.javacpp.maxbytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                FloatRun.class.getName()));
        command.addAll(contracts);
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put("ONEDNN_VERBOSE", "1");
        Process process = builder.start();
        String log = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("the run of the contracts failed: " + log);
        }
        Map<String, SortedSet<String>> primitives = new LinkedHashMap<>();
        SortedSet<String> current = new TreeSet<>();
        for (String line : log.lines().toList()) {
            if (line.startsWith(FloatRun.MARK)) {
                current = new TreeSet<>();
                primitives.put(line.substring(FloatRun.MARK.length()), current);
            } else if (line.contains(EXECUTED)) {
                String kind = line.substring(line.indexOf(EXECUTED) + EXECUTED.length());
                current.add(kind.substring(0, kind.indexOf(',')).replace('_', ' '));
            }
        }
        return primitives;
    }
}
