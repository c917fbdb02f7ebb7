package org.backpropaganda.experiments;

/**
 * Something that the user asked for and cannot have. The message is one sentence that says what and why, fit for a terminal
 * whatever the files are named that it tells of.
 */
public final class UserException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public UserException(String message) {
        super(Words.message(message));
    }
}
