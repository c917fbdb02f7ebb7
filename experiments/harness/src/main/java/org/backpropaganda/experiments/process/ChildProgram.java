package org.backpropaganda.experiments.process;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.backpropaganda.experiments.UserException;

/** What every program does that is started for one run: it ends with its parent, and tells a failure in one sentence. */
public final class ChildProgram {
    /** Exit code of what the user asked for and cannot have. */
    public static final int USER_ERROR = 2;

    /** Tells the parent that this run failed, while others may do. */
    static final int OUT_OF_MEMORY = 3;

    private static final int PROGRAM_ERROR = 1;

    private ChildProgram() {}

    /** A program. */
    @FunctionalInterface
    public interface Body {
        void run(Arguments arguments) throws Exception;
    }

    /**
     * Runs a program to its end.
     *
     * @param arguments pairs {@code --name value}
     * @return the exit code
     */
    public static int run(String[] arguments, Body body) {
        Parent.endWith();
        try {
            body.run(Arguments.of(arguments));
            return 0;
        } catch (OutOfMemoryError e) {
            System.err.println(Sentences.line(Sentences.of(e)));
            return OUT_OF_MEMORY;
        } catch (Exception e) {
            String sentence = Sentences.of(e);
            if (sentence == null) {
                e.printStackTrace();
                return PROGRAM_ERROR;
            }
            System.err.println(Sentences.line(sentence));
            return USER_ERROR;
        }
    }

    /** Words by the names that they were given under. */
    public static final class Arguments {
        private static final String DASHES = "--";

        private final Map<String, String> words = new LinkedHashMap<>();

        /**
         * Reads pairs {@code --name value}.
         *
         * @throws UserException if they are no pairs
         */
        public static Arguments of(String... arguments) {
            Arguments read = new Arguments();
            for (int i = 0; i < arguments.length; i += 2) {
                if (!arguments[i].startsWith(DASHES) || i + 1 == arguments.length) {
                    throw new UserException(
                            "arguments are pairs of --name and value; '" + arguments[i] + "' begins none");
                }
                read.words.put(arguments[i].substring(DASHES.length()), arguments[i + 1]);
            }
            return read;
        }

        /** What was given under a name, if anything was. */
        public Optional<String> find(String name) {
            return Optional.ofNullable(words.get(name));
        }

        /**
         * What was given under a name.
         *
         * @throws UserException if nothing was
         */
        public String word(String name) {
            return find(name).orElseThrow(() -> new UserException("missing --" + name));
        }

        /**
         * The file that was given under a name.
         *
         * @throws UserException if none was
         */
        public Path path(String name) {
            return Path.of(word(name));
        }
    }
}
