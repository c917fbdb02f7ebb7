package org.backpropaganda.checkpointing.recompute;

import java.util.concurrent.atomic.LongAdder;

/**
 * What a {@link RecomputePolicy} has saved and what it has cost, from when it was made: one for a step, a run or a part of the
 * model, as it is given to policies. Any number of threads may count at once.
 *
 * <pre>{@code
 * RecomputeCount count = new RecomputeCount();
 * try (Tape tape = Tape.builder(scope).policy(RecomputePolicy.cheap().countedBy(count)).build()) {
 *     tape.backward(model.loss(tape));
 * }
 * System.out.println(count);
 * }</pre>
 */
public final class RecomputeCount {
    private final LongAdder tensors = new LongAdder();
    private final LongAdder bytesNotKept = new LongAdder();
    private final LongAdder ops = new LongAdder();
    private final LongAdder multiplyAdds = new LongAdder();

    /** Nothing yet. */
    public RecomputeCount() {}

    void notKept(long bytes) {
        tensors.increment();
        bytesNotKept.add(bytes);
    }

    void ranAgain(long opsOfOne, long multiplyAddsOfOne) {
        ops.add(opsOfOne);
        multiplyAdds.add(multiplyAddsOfOne);
    }

    /** Tensors that were not kept, each once however many read it. */
    public long tensors() {
        return tensors.sum();
    }

    /** Their bytes. */
    public long bytesNotKept() {
        return bytesNotKept.sum();
    }

    /** Ops that ran again in backward. */
    public long ops() {
        return ops.sum();
    }

    /** Multiplications of theirs, each with an addition; only of products of matrices. */
    public long multiplyAdds() {
        return multiplyAdds.sum();
    }

    @Override
    public String toString() {
        return tensors() + " tensors of " + bytesNotKept() + " bytes not kept; " + ops() + " ops of " + multiplyAdds()
                + " multiply-adds ran again";
    }
}
