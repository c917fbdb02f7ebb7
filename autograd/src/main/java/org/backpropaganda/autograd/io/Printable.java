package org.backpropaganda.autograd.io;

/** What a file says, fit for a message: in one line, without anything that a terminal obeys, and not too long. */
final class Printable {
    private static final int MOST_OF_A_NAME = 200;
    private static final int MOST_OF_A_MESSAGE = 4000;

    private Printable() {}

    /** A name, or another short string of a file. */
    static String name(String text) {
        return of(text, MOST_OF_A_NAME);
    }

    /** A sentence made of such strings. */
    static String message(String text) {
        return of(text, MOST_OF_A_MESSAGE);
    }

    private static String of(String text, int most) {
        StringBuilder out = new StringBuilder();
        text.codePoints().limit(most).forEach(c -> {
            if (isPlain(c)) {
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
