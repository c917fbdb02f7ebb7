package org.backpropaganda.autograd.fuzz;

import java.io.PrintStream;
import java.time.Duration;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.testkit.FloatAgainstDouble;

/**
 * Runs random cases one after another, in a process of its own because native code may end it. Each line it prints is
 * what comes next, or what failed.
 */
final class FuzzRun {
    static final String FAILED = "FAILED ";
    static final String DONE = "DONE ";
    private static final int MOST_FAILURES = 10;

    private FuzzRun() {}

    /**
     * Runs cases until their number or the time is reached.
     *
     * @param arguments the first seed, the number of cases, the seconds
     */
    public static void main(String[] arguments) {
        long seed = Long.parseLong(arguments[0]);
        long cases = Long.parseLong(arguments[1]);
        long nanos = Duration.ofSeconds(Long.parseLong(arguments[2])).toNanos();
        PrintStream out = System.out;
        long start = System.nanoTime();
        int failures = 0;
        long done = 0;
        try (Engine engine = Engine.builder().threads(2).build()) {
            while (done < cases && System.nanoTime() - start < nanos && failures < MOST_FAILURES) {
                failures += run(engine, seed + done, out) ? 0 : 1;
                done++;
            }
        }
        out.println(DONE + done);
    }

    private static boolean run(Engine engine, long seed, PrintStream out) {
        FuzzCase drawn = FuzzCase.of(seed);
        out.println("seed " + seed + ": " + drawn);
        out.flush();
        try {
            FloatAgainstDouble.check(engine, drawn.opCase(), seed, seed % 3 == 0 ? 2 : 1, drawn.tolerance());
            return true;
        } catch (AssertionError | RuntimeException e) {
            out.println(FAILED + "seed " + seed + ": " + drawn + ": "
                    + String.valueOf(e.getMessage()).replace('\n', ' '));
            return false;
        }
    }
}
