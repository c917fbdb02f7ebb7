package org.backpropaganda.experiments.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/**
 * What a command line of this process said.
 *
 * @param code it ended with
 */
record Said(int code, String out, String err) {

    static Said by(String... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Main.commandLine()
                .setOut(new PrintWriter(out))
                .setErr(new PrintWriter(err))
                .execute(arguments);
        return new Said(code, out.toString(), err.toString());
    }
}
