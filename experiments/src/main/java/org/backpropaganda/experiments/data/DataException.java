package org.backpropaganda.experiments.data;

import java.nio.file.Path;

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
        super(message);
    }

    /** An error described by {@code message}, found through {@code cause}. */
    public DataException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The error for a file that exists but cannot be read. */
    static DataException unreadable(Path path, Exception cause) {
        return new DataException(
                path + ": cannot be read (" + reason(cause) + "); check its permissions, or fetch it again", cause);
    }

    /** The words of an exception, or its type where it has none. */
    static String reason(Throwable cause) {
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }
}
