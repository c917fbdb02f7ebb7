package org.backpropaganda.experiments.cli;

import me.tongfei.progressbar.ConsoleProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import org.backpropaganda.experiments.bench.BenchSuite;
import org.backpropaganda.experiments.process.Comparison;
import org.jspecify.annotations.Nullable;

/**
 * A progress bar for each run in turn, on a terminal; a line for each where there is none. The library's own way to find a
 * terminal takes the handler of interrupts away from the JVM, which then ends without its shutdown hooks.
 */
final class Bars implements Comparison.Progress, BenchSuite.Progress, AutoCloseable {
    private static final int NAME_WIDTH = 16;
    private static final int COLUMNS = Math.max(40, Integer.getInteger("backprop.columns", 80) - 1);

    private final boolean terminal = Boolean.getBoolean("backprop.terminal");
    private @Nullable ProgressBar bar;
    private String current = "";

    @Override
    public void at(String run, int step, int of) {
        if (!run.equals(current)) {
            end();
            current = run;
            if (terminal) {
                bar = new ProgressBarBuilder()
                        .setTaskName(run + " ".repeat(Math.max(0, NAME_WIDTH - run.length())))
                        .setInitialMax(of)
                        .setConsumer(new ConsoleProgressBarConsumer(System.err, COLUMNS))
                        .build();
            } else {
                System.err.println("running " + run);
            }
        }
        if (bar != null) {
            bar.stepTo(step);
        }
    }

    /** Ends the bar that is shown, if one is. */
    void end() {
        if (bar != null) {
            bar.close();
            bar = null;
        }
    }

    @Override
    public void close() {
        end();
    }
}
