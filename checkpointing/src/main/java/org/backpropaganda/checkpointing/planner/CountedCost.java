package org.backpropaganda.checkpointing.planner;

import java.util.List;
import org.backpropaganda.autograd.graph.Op;
import org.backpropaganda.autograd.graph.Operands;
import org.backpropaganda.autograd.graph.SavedTensorCodec;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** Picoseconds by multiply-adds, bytes and calls. */
enum CountedCost implements CostModel {
    INSTANCE;

    private static final long A_MULTIPLY_ADD = 20;
    private static final long A_BYTE = 100;
    private static final long A_CALL = 2_000_000;
    private static final long A_PACKED_ELEMENT = 5_000;
    private static final long A_FILED_BYTE = 1_000;

    /** Statistics, then values: as a norm and its activation. */
    private static final long PASSES = 2;

    /** The gradient and the output are read for statistics and for values, and a gradient is written. */
    private static final long BACKWARD_PASSES = 5;

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

    @Override
    public long segment(String name, List<TensorSpec> inputs, List<TensorSpec> outputs) {
        return PASSES * A_BYTE * (bytes(inputs) + bytes(outputs)) + A_CALL;
    }

    @Override
    public long segmentBackward(String name, List<TensorSpec> outputs) {
        return BACKWARD_PASSES * A_BYTE * bytes(outputs) + A_CALL;
    }

    private static long bytes(List<TensorSpec> specs) {
        return specs.stream().mapToLong(TensorSpec::bytes).sum();
    }

    @Override
    public long packing(SavedTensorCodec codec, TensorSpec tensor) {
        if (!codec.isExact()) {
            return A_PACKED_ELEMENT * tensor.shape().elements();
        }
        return codec.name().equals("offload") ? 2 * A_FILED_BYTE * tensor.bytes() : 0;
    }
}
