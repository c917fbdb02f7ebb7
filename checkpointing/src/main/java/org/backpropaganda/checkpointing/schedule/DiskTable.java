package org.backpropaganda.checkpointing.schedule;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The least costs of chains up to a length with slots in memory and slots in a file, and the choices that lead to them. Costs
 * are those beyond one recording and one reversal of each step.
 *
 * <p>With {@code n} steps, {@code c} slots in memory and {@code m} in the file, {@code w, r, f} the costs of a write, a read and
 * a forward, {@code A(n)} what Revolve costs with {@code c} slots:
 *
 * <pre>
 * on(n, m)  = min(A(n), min over i of i·f + off(n − i, m − 1) + r + on(i, m))     the first state in the file, and in hands
 * off(n, m) = min(A(n), w + on(n, m))                                               the first state in hands alone
 * </pre>
 *
 * <p>Source: Herrmann and Pallez 2020, "H-Revolve", Theorem for two levels, the first free of cost; with no limit of {@code m},
 * Aupy et al. 2016, "Optimal Multistage Algorithm for Adjoint Computation".
 */
final class DiskTable {
    private final List<int[]> advances = new ArrayList<>();
    private final List<BitSet> written = new ArrayList<>();

    private DiskTable() {}

    /**
     * With a limited number of slots in the file.
     *
     * @throws IllegalArgumentException if the table would be too large
     */
    static DiskTable limited(String schedule, int steps, int slots, int fileSlots, StepCosts costs) {
        int useful = Math.min(fileSlots, steps - 1);
        Steps.checkTable(schedule, steps, useful);
        DiskTable table = new DiskTable();
        double[] memory = memory(steps, slots, costs);
        double[] off = memory;
        for (int m = 1; m <= useful; m++) {
            double[] next = new double[steps + 1];
            table.fill(off, next, memory, costs);
            off = next;
        }
        return table;
    }

    /**
     * With as many slots in the file as may be of use.
     *
     * @throws IllegalArgumentException if the table would be too large
     */
    static DiskTable unlimited(String schedule, int steps, int slots, StepCosts costs) {
        Steps.checkTable(schedule, steps, 1);
        DiskTable table = new DiskTable();
        double[] off = new double[steps + 1];
        table.fill(off, off, memory(steps, slots, costs), costs);
        return table;
    }

    /**
     * The cheapest split of a stretch.
     *
     * @param kept where its first state lies already; null if in hands alone
     * @param free slots in memory, that of a state that is kept there included
     * @param freeInFile the same of the file
     * @param memoryIsEmpty whether the file may still be written; states in memory are those kept last
     */
    Split split(int length, @Nullable Storage kept, int free, int freeInFile, boolean memoryIsEmpty) {
        if (freeInFile > 0 && memoryIsEmpty && !advances.isEmpty()) {
            int row = Math.min(freeInFile, advances.size()) - 1;
            int advance = advances.get(row)[length];
            boolean inFile =
                    kept == Storage.FILE || (kept == null && written.get(row).get(length));
            if (inFile && advance > 0) {
                return Split.restart(Storage.FILE, advance);
            }
        }
        return Split.restart(Storage.RAM, Binomial.advance(length, free));
    }

    /** What Revolve costs; without a slot it reverses one step alone. */
    private static double[] memory(int steps, int slots, StepCosts costs) {
        double[] memory = new double[steps + 1];
        for (int n = 2; n <= steps; n++) {
            memory[n] = slots == 0 ? Double.POSITIVE_INFINITY : costs.forward() * Binomial.extra(n, slots);
        }
        return memory;
    }

    /**
     * One more slot in the file.
     *
     * @param below costs with one slot less, the first state in hands alone
     * @param off filled with these
     */
    private void fill(double[] below, double[] off, double[] memory, StepCosts costs) {
        int steps = memory.length - 1;
        double[] on = new double[steps + 1];
        int[] advance = new int[steps + 1];
        BitSet write = new BitSet();
        for (int n = 2; n <= steps; n++) {
            on[n] = memory[n];
            for (int i = 1; i < n; i++) {
                double cost = i * costs.forward() + below[n - i] + costs.read() + on[i];
                if (cost < on[n]) {
                    on[n] = cost;
                    advance[n] = i;
                }
            }
            write.set(n, costs.write() + on[n] < memory[n]);
            off[n] = Math.min(memory[n], costs.write() + on[n]);
        }
        advances.add(advance);
        written.add(write);
    }
}
