package org.backpropaganda.experiments.jmh;

import java.util.Locale;
import java.util.concurrent.TimeUnit;
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

/** Convolutions and products by this library's kernels, and by oneDNN called bare in the same process. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class BareKernelBenchmark {
    private static final Window WINDOW = Window.square(3, 1, 1);
    private static final String PRODUCT = "matmul";

    /** A pass, and batch, channels, side; or a product and its side. */
    @Param({
        "forward-32x32x32",
        "backward_data-32x32x32",
        "backward_weights-32x32x32",
        "forward-128x16x32",
        "backward_data-128x16x32",
        "backward_weights-128x16x32",
        "matmul-64",
        "matmul-1024"
    })
    String kernel = "";

    private Engine engine = Engine.create();
    private Runnable ours = () -> {};
    private Runnable theirs = () -> {};

    /** Makes both. */
    @Setup(Level.Trial)
    public void setUp() {
        String[] parts = kernel.split("-", -1);
        String[] sizes = parts[1].split("x", -1);
        TensorScope scope = engine.scope("benchmark");
        long first = Long.parseLong(sizes[0]);
        if (parts[0].equals(PRODUCT)) {
            Tensor a = filled(scope, Shape.of(first, first));
            Tensor b = filled(scope, Shape.of(first, first));
            Tensor c = filled(scope, Shape.of(first, first));
            ours = () -> Kernels.of(a).matmul().matmul(a, false, b, false, null, c, false);
            theirs = new BareOneDnn(first)::run;
            return;
        }
        long channels = Long.parseLong(sizes[1]);
        long side = Long.parseLong(sizes[2]);
        Tensor x = filled(scope, Shape.of(first, side, side, channels));
        Tensor y = filled(scope, x.shape());
        Tensor w = filled(scope, Shape.of(channels, channels, 3, 3));
        BareOneDnn.Pass pass = BareOneDnn.Pass.valueOf(parts[0].toUpperCase(Locale.ROOT));
        ours = switch (pass) {
            case FORWARD -> () -> Kernels.of(x).convolution().forward(WINDOW, 1, x, w, null, y);
            case BACKWARD_DATA -> () -> Kernels.of(x).convolution().backwardData(WINDOW, 1, y, w, x, false);
            case BACKWARD_WEIGHTS -> () -> Kernels.of(x).convolution().backwardWeights(WINDOW, 1, x, y, w, false);
        };
        theirs = new BareOneDnn(pass, first, channels, side)::run;
    }

    private static Tensor filled(TensorScope scope, Shape shape) {
        return scope.allocate(shape, DType.FLOAT).fill(0.5);
    }

    /** Frees them. */
    @TearDown(Level.Trial)
    public void tearDown() {
        engine.close();
        engine = Engine.create();
    }

    /** This library. */
    @Benchmark
    public void ours() {
        ours.run();
    }

    /** oneDNN called bare. */
    @Benchmark
    public void bare() {
        theirs.run();
    }
}
