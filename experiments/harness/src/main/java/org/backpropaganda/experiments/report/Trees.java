package org.backpropaganda.experiments.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/** Directories with all that is in them. */
public final class Trees {
    private Trees() {}

    /** Deletes a directory and what it holds, as far as that is possible. For temporary files, at the end. */
    public static void sweep(Path directory) {
        try {
            delete(directory);
        } catch (IOException e) {
            // Somebody else swept it, or writes to it still; the system clears temporary files in the end.
        }
    }

    /** Deletes a directory and what it holds; nothing if it is not there. */
    static void delete(Path directory) throws IOException {
        if (!Files.exists(directory)) {
            return;
        }
        List<Path> deepestFirst;
        try (var paths = Files.walk(directory)) {
            deepestFirst = paths.sorted(Comparator.reverseOrder()).toList();
        }
        for (Path path : deepestFirst) {
            Files.deleteIfExists(path);
        }
    }
}
