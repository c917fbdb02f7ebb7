package org.backpropaganda.experiments.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileSystemException;
import java.nio.file.InvalidPathException;
import org.backpropaganda.autograd.io.TensorFileException;
import org.backpropaganda.autograd.tensor.MemoryBudgetException;
import org.backpropaganda.experiments.UserException;
import org.backpropaganda.experiments.Words;
import org.backpropaganda.experiments.data.DataException;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;

/** What a user is told of an exception: one sentence, where a user can do something about it. */
public final class Sentences {
    private static final String REVERSIBLE = "org.backpropaganda.reversible.";

    private Sentences() {}

    /** A sentence as it is printed: in one line, whatever files and arguments put into it. */
    public static String line(@Nullable String sentence) {
        return "backprop: " + (sentence == null ? "unknown error" : Words.message(sentence));
    }

    /** The sentence, or null for an error of the program, whose stack trace says more. */
    public static @Nullable String of(Throwable e) {
        if (e instanceof UserException
                || e instanceof DataException
                || e instanceof TensorFileException
                || e instanceof MemoryBudgetException
                || isOfAReversal(e)) {
            return e.getMessage();
        }
        Throwable inner = e.getCause();
        if (e instanceof UncheckedIOException && inner != null) {
            return of(inner);
        }
        if (e instanceof FileSystemException file && file.getFile() != null) {
            return file.getFile() + ": " + Words.reason(e);
        }
        if (e instanceof InvalidPathException path) {
            return "the path '" + path.getInput() + "' cannot be one (" + path.getReason()
                    + "); where its characters are not the locale's, set LC_ALL to one that has them, as C.UTF-8";
        }
        if (e instanceof IOException || e instanceof JacksonException) {
            return "reading or writing failed (" + Words.reason(e) + ")";
        }
        return null;
    }

    /** Streams that left the range of their numbers: whoever chose the couplings can choose others, or anchors. */
    private static boolean isOfAReversal(Throwable e) {
        StackTraceElement[] trace = e.getStackTrace();
        return e instanceof ArithmeticException
                && trace.length > 0
                && trace[0].getClassName().startsWith(REVERSIBLE)
                && e.getMessage() != null;
    }

    /** What is told where memory ran out: the Java heap holds data and reports, native memory holds models. */
    public static String of(OutOfMemoryError e) {
        return "memory ran out (" + e.getMessage()
                + (String.valueOf(e.getMessage()).contains("Java heap space")
                        ? "); the Java heap holds data, so choose less data, or a smaller batch or depth"
                        : "); choose a smaller model or batch");
    }
}
