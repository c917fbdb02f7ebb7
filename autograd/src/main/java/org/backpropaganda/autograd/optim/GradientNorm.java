package org.backpropaganda.autograd.optim;

import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/** The Euclidean norm of gradients, summed in double; the same bits at a fixed thread count. */
public final class GradientNorm {
    private GradientNorm() {}

    /** Of all gradients together. */
    public static double of(Gradients gradients) {
        double[] sum = {0};
        gradients.forEach((parameter, gradient) -> sum[0] += squares(gradient));
        return Math.sqrt(sum[0]);
    }

    /** Of one. */
    public static double of(Tensor gradient) {
        return Math.sqrt(squares(gradient));
    }

    private static double squares(Tensor gradient) {
        PieceSums sums = new PieceSums();
        HostLoop.run(0, FloatLoops.squares(sums), DoubleLoops.squares(sums), gradient);
        return sums.total();
    }
}
