package org.backpropaganda.autograd.optim;

import java.lang.invoke.MethodHandles;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.tensor.LedgerAccess;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** How optimizers book their state: under the path of the parameter that it is for. */
final class OptimizerLedger {
    private static final LedgerAccess LEDGER = LedgerAccess.of(MethodHandles.lookup());

    private OptimizerLedger() {}

    /** State of a parameter's shape and type; its content is undefined. */
    static Tensor allocate(TensorScope scope, Parameter parameter) {
        return LEDGER.allocate(scope, parameter.value().spec(), MemoryKind.OPTIMIZER, parameter.path());
    }
}
