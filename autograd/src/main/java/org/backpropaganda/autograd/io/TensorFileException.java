package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.file.Path;

/**
 * A file of tensors that is truncated, corrupt, hostile, or does not fit what it is loaded into. Names file and tensor, in one
 * line of at most some thousand characters; control characters of names are written as escapes.
 */
public final class TensorFileException extends IOException {
    private static final long serialVersionUID = 1L;

    TensorFileException(Path file, String what) {
        super(Printable.message(file + ": " + what));
    }

    TensorFileException(Path file, String what, Throwable cause) {
        super(Printable.message(file + ": " + what), cause);
    }
}
