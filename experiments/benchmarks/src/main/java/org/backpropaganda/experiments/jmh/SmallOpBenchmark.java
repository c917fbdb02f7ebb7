package org.backpropaganda.experiments.jmh;

import java.util.concurrent.TimeUnit;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.op.Add;
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
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** An op: what recording an addition of 4×4 costs over the bare kernel. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class SmallOpBenchmark {
    private static final int CHAIN = 100;

    private final Engine engine = Engine.create();
    private final TensorScope scope = engine.scope("benchmark");
    private final Tensor a = scope.allocate(Shape.of(4, 4), DType.FLOAT).fill(1);
    private final Tensor b = scope.allocate(Shape.of(4, 4), DType.FLOAT).fill(1);
    private final Tensor out = scope.allocate(Shape.of(4, 4), DType.FLOAT);

    /** Frees all. */
    @TearDown(Level.Trial)
    public void tearDown() {
        engine.close();
    }

    /** The kernel alone. */
    @Benchmark
    @OperationsPerInvocation(CHAIN)
    public void kernel() {
        for (int i = 0; i < CHAIN; i++) {
            Kernels.of(a).binary().apply(BinaryKernel.Function.ADD, a, b, out);
        }
    }

    /** Recorded, without backward. */
    @Benchmark
    @OperationsPerInvocation(CHAIN)
    public void recorded() {
        try (Tape tape = Tape.training(scope, 1)) {
            Variable x = tape.leaf(a);
            Variable y = tape.constant(b);
            for (int i = 0; i < CHAIN; i++) {
                x = Add.add(x, y);
            }
        }
    }

    /** One allocation and its release. */
    @Benchmark
    public void allocation() {
        scope.allocate(Shape.of(4, 4), DType.FLOAT).close();
    }
}
