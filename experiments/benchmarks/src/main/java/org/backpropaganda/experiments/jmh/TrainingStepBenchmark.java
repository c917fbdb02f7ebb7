package org.backpropaganda.experiments.jmh;

import java.util.concurrent.TimeUnit;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.optim.Optimizer;
import org.backpropaganda.autograd.optim.Sgd;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;
import org.jspecify.annotations.Nullable;
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

/** A whole training step of the coupling chain: batch 32 of 32×32 images, 64 channels, depth 8, SGD with momentum. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(1)
public class TrainingStepBenchmark {
    private static final int BATCH = 32;

    /** How the chain is trained. */
    @Param({"plain", "checkpoint", "reversible", "reversible+abn"})
    String strategy = "";

    /** Whether convolutions reorder their weights at each use, or once a step at the cost of a copy. */
    @Param({"use", "step"})
    String reorderedEach = "";

    private @Nullable Chain chain;

    private record Chain(
            Engine engine, TensorScope root, Model model, Optimizer optimizer, Tensor images, Tensor labels) {}

    /** Makes the model and a batch. */
    @Setup(Level.Trial)
    public void setUp() {
        Engine engine = reorderedEach.equals("step")
                ? Engine.builder().keepReorderedWeights().build()
                : Engine.create();
        TensorScope root = engine.scope("");
        ModelSpec spec =
                new ModelSpec("revnet", new ModelSpec.Size(8, 64), 1, new ModelSpec.Images(32, 32, 3, 10), DType.FLOAT);
        Model model = Model.create(spec, Strategy.parse(strategy), root, 1);
        Optimizer optimizer =
                Sgd.builder(0.01).momentum(0.9).build(model.module().parameterList(), root);
        Tensor images = root.allocate(Shape.of(BATCH, 32, 32, 3), DType.FLOAT, MemoryKind.INPUT);
        float[] pixels = new float[Math.toIntExact(images.elements())];
        for (int i = 0; i < pixels.length; i++) {
            pixels[i] = (i * 37 % 101) / 101f;
        }
        images.set(0, pixels, 0, pixels.length);
        int[] classes = new int[BATCH];
        for (int b = 0; b < BATCH; b++) {
            classes[b] = b % 10;
        }
        Tensor labels =
                root.allocate(Shape.of(BATCH), DType.INT, MemoryKind.INPUT).set(classes);
        chain = new Chain(engine, root, model, optimizer, images, labels);
    }

    /** Frees all. */
    @TearDown(Level.Trial)
    public void tearDown() {
        if (chain != null) {
            chain.engine.close();
        }
    }

    /** Forward, backward, update. */
    @Benchmark
    public double step() {
        if (chain == null) {
            throw new IllegalStateException("set up first");
        }
        try (TensorScope scope = chain.root.child();
                Tape tape = Tape.training(scope, 1)) {
            Variable labels = tape.constant(chain.labels);
            Variable logits = chain.model.logits(tape.constant(chain.images), labels);
            Variable loss = SoftmaxCrossEntropy.crossEntropy(logits, labels);
            double value = loss.value().item();
            try (Gradients gradients = tape.backward(loss)) {
                chain.optimizer.step(gradients);
            }
            return value;
        }
    }
}
