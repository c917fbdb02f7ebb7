package org.backpropaganda.experiments.memory;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.MatrixStack;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.run.ProcessMemory;

/**
 * Runs one kernel on a hundred shapes and prints what the process grew by for each, beside what the engine estimates. One
 * kernel a process: what one leaves to the C allocator the next would use up first.
 */
public final class PrimitiveSizes {
    private static final int WARM_UP = 4;
    private static final int SHAPES = 100;
    private static final Window WINDOW = Window.square(3, 1, 1);

    private PrimitiveSizes() {}

    /** Runs a kernel on the shape of a number. */
    private interface Body {
        void run(TensorScope scope, int number);
    }

    /**
     * The program.
     *
     * @param args the name of a kernel; none to list them
     */
    public static void main(String[] args) {
        Map<String, Body> kernels = kernels();
        Body body = args.length == 1 ? kernels.get(args[0]) : null;
        if (body == null) {
            System.out.println("give one of: " + String.join(" ", kernels.keySet()));
            return;
        }
        try (Engine engine =
                Engine.builder().threads(1).primitiveBudgetBytes(Long.MAX_VALUE).build()) {
            run(engine, body, 0, WARM_UP);
            long estimated = engine.primitiveBytes();
            long resident = Objects.requireNonNull(ProcessMemory.residentBytes(), "no /proc/self/status");
            run(engine, body, WARM_UP, SHAPES);
            System.out.printf(
                    Locale.ROOT,
                    "%s: %.0f KiB a shape, estimated %.0f%n",
                    args[0],
                    (Objects.requireNonNull(ProcessMemory.residentBytes()) - resident) / 1024.0 / SHAPES,
                    (engine.primitiveBytes() - estimated) / 1024.0 / SHAPES);
        }
    }

    private static void run(Engine engine, Body body, int from, int count) {
        for (int number = from; number < from + count; number++) {
            try (TensorScope scope = engine.scope("kernel")) {
                body.run(scope, number);
            }
        }
        engine.trim();
    }

    private static Tensor zeros(TensorScope scope, long... sizes) {
        return scope.allocate(Shape.of(sizes), DType.FLOAT).zero();
    }

    private static Map<String, Body> kernels() {
        Map<String, Body> kernels = new LinkedHashMap<>();
        kernels.put("product", (scope, i) -> multiply(scope, 30 + i, 64, 64));
        kernels.put("product-wide", (scope, i) -> multiply(scope, 300 + i, 256, 512));
        kernels.put("product-transposed", (scope, i) -> {
            Tensor a = zeros(scope, 30 + i, 64);
            Kernels.of(a).matmul().matmul(a, true, a, false, null, zeros(scope, 64, 64), true);
        });
        kernels.put("attention-scores", (scope, i) -> {
            Tensor x = zeros(scope, 2, 4 + i, 64);
            MatrixStack heads = MatrixStack.heads(x, 4);
            MatrixStack scores = MatrixStack.dense(zeros(scope, 2, 4, 4 + i, 4 + i), 2, 4, 4 + i, 4 + i);
            Kernels.of(x).matmul().multiply(heads, heads.transposed(), 0.25, scores, false);
        });
        kernels.put("convolution", (scope, i) -> {
            Tensor x = zeros(scope, 2, 8 + i, 8, 16);
            Kernels.of(x)
                    .convolution()
                    .forward(WINDOW, 1, x, zeros(scope, 16, 16, 3, 3), null, zeros(scope, 2, 8 + i, 8, 16));
        });
        kernels.put("convolution-input", (scope, i) -> {
            Tensor x = zeros(scope, 2, 8 + i, 8, 16);
            Kernels.of(x)
                    .convolution()
                    .backwardData(WINDOW, 1, zeros(scope, 2, 8 + i, 8, 16), zeros(scope, 16, 16, 3, 3), x, false);
        });
        kernels.put("convolution-weights", (scope, i) -> {
            Tensor x = zeros(scope, 2, 8 + i, 8, 16);
            Kernels.of(x).convolution().backwardWeights(WINDOW, 1, x, x, zeros(scope, 16, 16, 3, 3), false);
        });
        kernels.put("batch-norm", (scope, i) -> {
            Tensor x = zeros(scope, 3 + i, 4, 4, 32);
            Tensor[] of = {zeros(scope, 32), zeros(scope, 32), zeros(scope, 32), zeros(scope, 32)};
            Kernels.of(x).batchNorm().forwardTraining(x, of[0], of[1], 1e-5, x, of[2], of[3]);
        });
        kernels.put("average-pool", (scope, i) -> {
            Tensor x = zeros(scope, 3 + i, 8, 8, 16);
            Kernels.of(x).pooling().averageForward(Window.square(2, 2, 0), true, x, zeros(scope, 3 + i, 4, 4, 16));
        });
        kernels.put("tanh", (scope, i) -> {
            Tensor x = zeros(scope, 300 + i);
            Kernels.of(x).eltwise().forward(EltwiseKernel.Function.TANH, 0, x, x);
        });
        kernels.put("product-of-elements", (scope, i) -> {
            Tensor x = zeros(scope, 30 + i, 17);
            Kernels.of(x).binary().apply(BinaryKernel.Function.MULTIPLY, x, zeros(scope, 30 + i, 17), x);
        });
        kernels.put("transpose", (scope, i) -> {
            Tensor x = zeros(scope, 9 + i, 8);
            Kernels.of(x)
                    .copy()
                    .copy(
                            Shape.of(9 + i, 8),
                            x,
                            0,
                            new long[] {8, 1},
                            zeros(scope, 8, 9 + i),
                            0,
                            new long[] {1, 9 + i},
                            false);
        });
        return kernels;
    }

    private static void multiply(TensorScope scope, long m, long k, long n) {
        Tensor a = zeros(scope, m, k);
        Kernels.of(a).matmul().matmul(a, false, zeros(scope, k, n), false, null, zeros(scope, m, n), false);
    }
}
