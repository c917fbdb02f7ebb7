package org.backpropaganda.experiments.jmh;

import java.util.concurrent.TimeUnit;
import org.backpropaganda.autograd.kernel.ConvolutionKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.kernel.Window;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A kernel: 3×3 convolution, stride 1, forward and both backwards. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class ConvolutionBenchmark {
    private static final Window WINDOW = Window.square(3, 1, 1);

    /** Batch, channels, side. */
    @Param({"32x32x32", "32x64x16", "8x64x56"})
    String shape = "";

    private Engine engine = Engine.create();
    private Tensor x = empty();
    private Tensor w = empty();
    private Tensor y = empty();
    private ConvolutionKernel kernel = Kernels.of(x).convolution();

    private Tensor empty() {
        return engine.scope("empty").allocate(Shape.scalar(), DType.FLOAT);
    }

    /** Makes the tensors. */
    @Setup(Level.Trial)
    public void setUp() {
        String[] sizes = shape.split("x", -1);
        long batch = Long.parseLong(sizes[0]);
        long channels = Long.parseLong(sizes[1]);
        long side = Long.parseLong(sizes[2]);
        TensorScope scope = engine.scope("benchmark");
        x = scope.allocate(Shape.of(batch, side, side, channels), DType.FLOAT).fill(0.5);
        y = scope.allocate(x.shape(), DType.FLOAT).fill(0.5);
        w = scope.allocate(Shape.of(channels, channels, 3, 3), DType.FLOAT).fill(0.01);
        kernel = Kernels.of(x).convolution();
    }

    /** Frees them. */
    @TearDown(Level.Trial)
    public void tearDown() {
        engine.close();
        engine = Engine.create();
    }

    /** y = x * w. */
    @Benchmark
    public void forward() {
        kernel.forward(WINDOW, 1, x, w, null, y);
    }

    /** dx. */
    @Benchmark
    public void backwardData() {
        kernel.backwardData(WINDOW, 1, y, w, x, false);
    }

    /** dw. */
    @Benchmark
    public void backwardWeights() {
        kernel.backwardWeights(WINDOW, 1, x, y, w, false);
    }
}
