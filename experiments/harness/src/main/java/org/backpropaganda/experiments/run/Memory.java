package org.backpropaganda.experiments.run;

import java.util.Locale;
import org.backpropaganda.experiments.UserException;

/** What fits into this machine, asked before anything is allocated. */
public final class Memory {
    private static final double GIBIBYTE = 1L << 30;

    private Memory() {}

    /**
     * Refuses what cannot fit.
     *
     * @param sizes that ask for it, for the message
     * @param leastBytes a lower bound of what it takes
     * @throws UserException if the machine has less
     */
    public static void require(String sizes, double leastBytes) {
        long machine = ProcessMemory.machineBytes();
        if (leastBytes > machine) {
            throw new UserException(String.format(
                    Locale.ROOT,
                    "%s take at least %.1f GiB, and this machine has %.1f GiB; choose smaller ones",
                    sizes,
                    leastBytes / GIBIBYTE,
                    machine / GIBIBYTE));
        }
    }
}
