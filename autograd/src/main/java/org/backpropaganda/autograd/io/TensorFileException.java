package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.file.Path;

/** A file of tensors that is truncated, corrupt, hostile, or does not fit what it is loaded into. Names file and tensor. */
public final class TensorFileException extends IOException {
    private static final long serialVersionUID = 1L;

    TensorFileException(Path file, String what) {
        super(file + ": " + what);
    }

    TensorFileException(Path file, String what, Throwable cause) {
        super(file + ": " + what, cause);
    }
}
