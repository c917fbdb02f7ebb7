package org.backpropaganda.checkpointing.planner;

import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** Picoseconds by multiply-adds, bytes and calls. */
enum CountedCost implements CostModel {
    INSTANCE;

    private static final long A_MULTIPLY_ADD = 20;
    private static final long A_BYTE = 100;
    private static final long A_CALL = 2_000_000;
    private static final int MATRIX = 2;

    @Override
    public long forward(Op op, Operands inputs, TensorSpec output) {
        long bytes = output.bytes();
        for (TensorSpec input : inputs.specs()) {
            bytes += input.bytes();
        }
        return A_MULTIPLY_ADD * op.multiplyAdds(inputs, output) + A_BYTE * bytes + A_CALL;
    }

    @Override
    public long backward(Op op, Operands inputs, TensorSpec output) {
        long bytes = output.bytes();
        int factors = 0;
        for (int i = 0; i < inputs.specs().size(); i++) {
            TensorSpec input = inputs.spec(i);
            bytes += input.bytes();
            if (inputs.needs(i)) {
                bytes += input.bytes();
                factors += input.shape().rank() >= MATRIX ? 1 : 0;
            }
        }
        return A_MULTIPLY_ADD * factors * op.multiplyAdds(inputs, output) + A_BYTE * bytes + A_CALL;
    }
}
