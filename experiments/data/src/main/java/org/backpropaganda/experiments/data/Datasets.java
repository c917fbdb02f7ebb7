package org.backpropaganda.experiments.data;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.backpropaganda.experiments.Nearest;
import org.backpropaganda.experiments.Services;
import org.jspecify.annotations.Nullable;

/** The data sets of the class path, and how one is opened by the name of its kind, as a command line gives it. */
public final class Datasets {
    private Datasets() {}

    /** All kinds that are there, by name. */
    public static List<DataSource> all() {
        return Services.all(DataSource.class, DataSource::name);
    }

    /**
     * The kind of a name.
     *
     * @throws DataException if there is none
     */
    public static DataSource find(String kind) {
        List<String> names = all().stream().map(DataSource::name).toList();
        return all().stream()
                .filter(each -> each.name().equals(kind))
                .findFirst()
                .orElseThrow(() -> new DataException("unknown data set '" + kind + "'" + Nearest.question(kind, names)
                        + "; choose " + Services.choice(names)));
    }

    /**
     * Opens a data set.
     *
     * @param kind of {@link #all}
     * @param dirOrNull the directory of the data, or one that has a folder named as the kind; null for none
     * @param seed of the run, for sets that are drawn
     * @throws DataException if the kind is unknown, or the data are missing or damaged
     */
    public static DataSplit open(String kind, @Nullable Path dirOrNull, long seed) {
        DataSource source = find(kind);
        return source.open(source.needsDirectory() ? directory(kind, dirOrNull) : dirOrNull, seed);
    }

    private static Path directory(String kind, @Nullable Path dirOrNull) {
        if (dirOrNull == null) {
            throw new DataException(kind + ": needs a directory with the data, none was given; give one, or choose the"
                    + " kind synthetic, which needs none");
        }
        if (!Files.exists(dirOrNull)) {
            throw new DataException(
                    kind + ": " + dirOrNull + " does not exist; give the directory that holds the data");
        }
        Path inside = dirOrNull.resolve(kind);
        return Files.isDirectory(inside) ? inside : dirOrNull;
    }
}
