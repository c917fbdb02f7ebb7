package org.backpropaganda.autograd.kernel.nd4j;

import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.nd4j.linalg.api.ndarray.INDArray;
import org.nd4j.linalg.api.ops.DynamicCustomOp;
import org.nd4j.linalg.factory.Nd4j;

/** Runs ND4J's custom ops on tensors. */
final class Nd4jOps {
    private Nd4jOps() {}

    /** Runs the op of a name into {@code output}, with its integer and boolean arguments. */
    static void run(String name, List<Tensor> inputs, Tensor output, long[] integers, boolean... booleans) {
        DynamicCustomOp op = DynamicCustomOp.builder(name).build();
        op.addIArgument(integers);
        op.addBArgument(booleans);
        addInputsAndRun(op, inputs, output);
    }

    private static void addInputsAndRun(DynamicCustomOp op, List<Tensor> inputs, Tensor output) {
        if (inputs.isEmpty()) {
            output.withArray(array -> {
                op.addOutputArgument(array);
                return Nd4j.getExecutioner().exec(op);
            });
            return;
        }
        inputs.get(0).withArray((INDArray array) -> {
            op.addInputArgument(array);
            addInputsAndRun(op, inputs.subList(1, inputs.size()), output);
            return op;
        });
    }
}
