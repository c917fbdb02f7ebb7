package org.backpropaganda.autograd.graph;

import java.lang.invoke.MethodHandles;
import org.backpropaganda.autograd.tensor.LedgerAccess;

/** The access of tapes and segments to what the ledger books. */
final class GraphLedger {
    static final LedgerAccess LEDGER = LedgerAccess.of(MethodHandles.lookup());

    private GraphLedger() {}
}
