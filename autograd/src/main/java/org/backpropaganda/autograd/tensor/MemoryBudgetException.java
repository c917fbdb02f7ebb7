package org.backpropaganda.autograd.tensor;

import java.util.List;
import java.util.stream.Collectors;

/** An allocation that would exceed the byte budget. Nothing was allocated; the engine stays usable. */
public final class MemoryBudgetException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    MemoryBudgetException(
            long bytes,
            MemoryKind kind,
            String path,
            long liveBytes,
            long budgetBytes,
            List<MemoryLedger.Usage> holders,
            String reclaimers) {
        super("memory budget of " + budgetBytes + " bytes: " + bytes + " bytes of " + kind + " for \"" + path
                + "\" asked with " + liveBytes + " live; raise the budget, or shrink the largest holders: "
                + holders.stream()
                        .map(u -> u.kind() + " \"" + u.path() + "\" " + u.bytes())
                        .collect(Collectors.joining(", "))
                + reclaimers);
    }
}
