package org.backpropaganda.experiments.data;

import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import org.backpropaganda.experiments.Words;

/**
 * Data that is missing, damaged or of another kind than was asked for.
 *
 * <p>The message is one sentence that says what was asked, what came and what to do; it is fit to be shown to a user
 * without the stack trace.
 */
public final class DataException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** An error described by {@code message} alone. */
    public DataException(String message) {
        super(Words.message(message));
    }

    /** An error described by {@code message}, found through {@code cause}. */
    public DataException(String message, Throwable cause) {
        super(Words.message(message), cause);
    }

    /** The error for a file that exists but cannot be read. */
    static DataException unreadable(Path path, Exception cause) {
        Throwable inner = cause.getCause();
        Throwable telling = cause instanceof UncheckedIOException && inner != null ? inner : cause;
        String inside = telling instanceof FileSystemException known ? known.getFile() : null;
        return new DataException(
                (inside == null ? path : inside) + ": cannot be read (" + Words.reason(telling)
                        + "); check its permissions, or fetch it again",
                cause);
    }
}
