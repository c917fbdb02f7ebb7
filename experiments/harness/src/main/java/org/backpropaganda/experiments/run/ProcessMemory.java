package org.backpropaganda.experiments.run;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Resident bytes of this process, where the system tells them (Linux). */
public final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR_REFS = Path.of("/proc/self/clear_refs");

    private ProcessMemory() {}

    /** Bytes of the machine, or of the container that it is. */
    public static long machineBytes() {
        return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
    }

    /** Bytes resident now. */
    public static @Nullable Long residentBytes() {
        return read("VmRSS:");
    }

    /** Bytes resident now that are of no file: heaps, stacks, pools. */
    public static @Nullable Long anonymousBytes() {
        return read("RssAnon:");
    }

    /** The most bytes resident since the process started or {@link #resetPeak()} succeeded. */
    public static @Nullable Long peakBytes() {
        return read("VmHWM:");
    }

    /** Starts the high-water mark anew; without effect where the system does not allow it. */
    public static void resetPeak() {
        try {
            Files.writeString(CLEAR_REFS, "5");
        } catch (IOException e) {
            // Then the mark is that of the whole process, which is never too low.
        }
    }

    private static @Nullable Long read(String key) {
        try {
            for (String line : Files.readAllLines(STATUS)) {
                if (line.startsWith(key)) {
                    return 1024 * Long.parseLong(line.replaceAll("\\D", ""));
                }
            }
        } catch (IOException e) {
            return null;
        }
        return null;
    }
}
