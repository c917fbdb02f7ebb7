package org.backpropaganda.experiments;

import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;

/** Words of messages to a user, who reads them on a terminal. */
public final class Words {
    private static final int MOST_OF_A_NAME = 200;
    private static final int MOST_OF_A_MESSAGE = 4000;

    private Words() {}

    /** A message in one line: what a terminal would obey is written as an escape, and what is too long is cut. */
    public static String message(String text) {
        return of(text, MOST_OF_A_MESSAGE, false);
    }

    /** A name that a file holds, to be part of a message. */
    public static String name(String text) {
        return of(text, MOST_OF_A_NAME, false);
    }

    /** Text of any length whose line feeds and tabs are its own. */
    public static String text(String text) {
        return of(text, Integer.MAX_VALUE, true);
    }

    /** Why something with a file failed, without the file's name. */
    public static String reason(Throwable cause) {
        if (cause instanceof AccessDeniedException) {
            return "permission denied";
        }
        if (cause instanceof NoSuchFileException) {
            return "no such file or directory";
        }
        if (cause instanceof NotDirectoryException) {
            return "not a directory";
        }
        if (cause instanceof FileAlreadyExistsException known && known.getReason() == null) {
            return "a file of that name is there already";
        }
        if (cause instanceof FileSystemLoopException) {
            return "its links lead in a circle";
        }
        if (cause instanceof FileSystemException known && known.getReason() != null) {
            return known.getReason();
        }
        String message = cause.getMessage();
        return message == null ? cause.getClass().getSimpleName() : message;
    }

    /**
     * Whether a name lost characters because the locale's character set has no place for them. Two such names may look the
     * same, and neither leads to its file again.
     */
    public static boolean isGarbled(Path path) {
        return path.toString().indexOf('\uFFFD') >= 0;
    }

    private static String of(String text, int most, boolean lines) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(most).forEach(c -> {
            if (isPlain(c) || (lines && (c == '\n' || c == '\t'))) {
                out.appendCodePoint(c);
            } else {
                out.append(String.format("\\u%04x", c));
            }
        });
        return text.length() <= most ? out.toString() : out + "… (" + text.length() + " characters)";
    }

    /** Neither moves the cursor, nor turns the direction of writing, nor ends the line. */
    private static boolean isPlain(int c) {
        return switch (Character.getType(c)) {
            case Character.CONTROL,
                    Character.FORMAT,
                    Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR,
                    Character.SURROGATE,
                    Character.PRIVATE_USE,
                    Character.UNASSIGNED -> false;
            default -> true;
        };
    }
}
