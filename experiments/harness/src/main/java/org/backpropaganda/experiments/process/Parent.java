package org.backpropaganda.experiments.process;

import java.io.IOException;
import java.io.OutputStream;

/** The process that started this one. */
final class Parent {
    private Parent() {}

    /** A parent that is killed closes the pipe to this process's input, and nobody wants the result any more. */
    static void endWith() {
        Thread watch = new Thread(() -> {
            try {
                System.in.transferTo(OutputStream.nullOutputStream());
            } catch (IOException e) {
                // As at the end of the input.
            }
            Runtime.getRuntime().halt(1);
        });
        watch.setDaemon(true);
        watch.start();
    }
}
