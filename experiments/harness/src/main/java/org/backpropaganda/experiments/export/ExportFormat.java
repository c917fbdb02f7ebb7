package org.backpropaganda.experiments.export;

import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.backpropaganda.experiments.Nearest;
import org.backpropaganda.experiments.UserException;

/** A kind of file that a run can leave, by the word for it on the command line. */
public enum ExportFormat {
    /** Of slices and counters over one step, for Perfetto and chrome://tracing: {@link ChromeTrace}. */
    TRACE("trace"),
    /** Scalars by step: {@link TensorBoardEvents}. */
    TENSORBOARD("tensorboard"),
    /** Allocations of one step, for PyTorch's memory_viz: {@link MemorySnapshot}. */
    MEMORY_VIZ("memory-viz"),
    /** Tables. */
    CSV("csv"),
    /** Everything. */
    JSON("json");

    private final String word;

    ExportFormat(String word) {
        this.word = word;
    }

    /** As it is written on the command line. */
    public String word() {
        return word;
    }

    /** Whether it tells of a single step, which runs whose steps overlap do not have. */
    public boolean isOfOneStep() {
        return this == TRACE || this == MEMORY_VIZ;
    }

    /** All words. */
    public static List<String> words() {
        return Arrays.stream(values()).map(ExportFormat::word).toList();
    }

    /**
     * Reads a list of words, separated by commas.
     *
     * @throws UserException if one is no format, with the nearest that is
     */
    public static Set<ExportFormat> parse(String list) {
        Set<ExportFormat> formats = EnumSet.noneOf(ExportFormat.class);
        for (String word : list.split(",", -1)) {
            formats.add(Arrays.stream(values())
                    .filter(each -> each.word.equals(word.strip()))
                    .findFirst()
                    .orElseThrow(() -> new UserException("there is no export '" + word.strip() + "'"
                            + Nearest.question(word.strip(), words()) + "; choose of "
                            + words().stream().collect(Collectors.joining(", ")))));
        }
        return formats;
    }

    /** The name of the file of one strategy, for a format that has one for each. */
    public String fileOf(Object strategy) {
        return switch (this) {
            case TRACE -> "trace-" + strategy + ".json";
            case MEMORY_VIZ -> "snapshot-" + strategy + ".pickle";
            case TENSORBOARD -> "tensorboard/" + strategy + "/" + TensorBoardEvents.FILE;
            case CSV -> "course-" + strategy + ".csv";
            case JSON -> "course-" + strategy + ".json";
        };
    }
}
