package org.backpropaganda.autograd.nn;

import java.lang.invoke.MethodHandles;
import org.backpropaganda.autograd.tensor.LedgerAccess;
import org.backpropaganda.autograd.tensor.Tensor;

/** How modules book their buffers: under the path in the model. */
final class ModuleLedger {
    private static final LedgerAccess LEDGER = LedgerAccess.of(MethodHandles.lookup());

    private ModuleLedger() {}

    /** Books a buffer under a path; the last module to name it wins. */
    static void name(String path, Tensor buffer) {
        LEDGER.rename(buffer, path);
    }
}
