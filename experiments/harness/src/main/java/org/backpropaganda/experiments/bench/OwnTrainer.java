package org.backpropaganda.experiments.bench;

import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
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
import org.backpropaganda.experiments.model.Fit;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSavings;
import org.backpropaganda.experiments.model.ModelSpec;
import org.backpropaganda.experiments.model.Strategy;

/** A model of this library under a strategy. */
final class OwnTrainer implements Trainer {
    private final Engine engine;
    private final TensorScope root;
    private final Model model;
    private final ModelSavings savings;
    private final Optimizer optimizer;
    private final Tensor images;
    private final Tensor labels;
    private final boolean duringBackward;
    private long step;

    /** That updates after backward. */
    OwnTrainer(Workload workload, Strategy strategy, DType dtype, int threads) {
        this(workload, strategy, dtype, threads, false);
    }

    OwnTrainer(Workload workload, Strategy strategy, DType dtype, int threads, boolean duringBackward) {
        this.duringBackward = duringBackward;
        engine = Engine.builder()
                .threads(threads)
                .memoryBudgetBytes(strategy.memoryBudgetBytes())
                .build();
        root = engine.scope("");
        model = Model.create(spec(workload, strategy, dtype), strategy, root, 1);
        savings = model.open(root);
        optimizer = Sgd.builder(LEARNING_RATE)
                .momentum(MOMENTUM)
                .build(List.copyOf(model.parameters().values()), root);
        Sample sample = Sample.of(workload);
        Shape shape = Shape.of(workload.batch(), workload.side(), workload.side(), workload.channels());
        images = root.allocate(shape, dtype, MemoryKind.INPUT).set(0, sample.images(), 0, sample.images().length);
        labels = root.allocate(Shape.of(workload.batch()), DType.INT, MemoryKind.INPUT)
                .set(sample.labels());
    }

    /** With ReLU where the strategy can do with it, which every layer computes faster. */
    private static ModelSpec spec(Workload workload, Strategy strategy, DType dtype) {
        ModelSpec rectified = workload.model(0, dtype);
        return Fit.fits(rectified, strategy) ? rectified : workload.model(ModelSpec.LEAKY, dtype);
    }

    @Override
    public double step() {
        try (TensorScope scope = root.child();
                Gradients gradients = duringBackward ? optimizer.duringBackward(scope) : new Gradients(scope);
                Tape tape = tape(scope).seed(step++).gradients(gradients).build()) {
            Variable loss = loss(tape);
            double value = loss.value().item();
            tape.backward(loss);
            if (!duringBackward) {
                optimizer.step(gradients);
            }
            return value;
        }
    }

    private TapeBuilder tape(TensorScope scope) {
        return Tape.builder(scope).policy(savings.policy());
    }

    private Variable loss(Tape tape) {
        Variable target = tape.constant(labels);
        Variable logits = model.logits(tape.constant(images), target);
        return SoftmaxCrossEntropy.crossEntropy(logits, target);
    }

    @Override
    public Map<String, double[]> gradients() {
        try (TensorScope scope = root.child();
                Tape tape = tape(scope).seed(0).build()) {
            Variable loss = loss(tape);
            Map<String, double[]> results = new LinkedHashMap<>();
            results.put("", loss.value().toDoubles());
            try (Gradients gradients = tape.backward(loss)) {
                model.parameters().forEach((name, parameter) -> {
                    Tensor gradient = gradients.of(parameter);
                    if (gradient != null) {
                        results.put(name, gradient.toDoubles());
                    }
                });
            }
            return results;
        }
    }

    Map<String, Peer.Weight> weights() {
        Map<String, Peer.Weight> weights = new LinkedHashMap<>();
        model.parameters().forEach((name, parameter) -> {
            Tensor value = parameter.value();
            weights.put(name, new Peer.Weight(value.shape().toArray(), value.toDoubles()));
        });
        return weights;
    }

    long peakBytes() {
        return engine.ledger().peakBytes();
    }

    /** The highest bytes of each kind, each at its own time. */
    Map<MemoryKind, Long> peaksByKind() {
        Map<MemoryKind, Long> peaks = new EnumMap<>(MemoryKind.class);
        for (MemoryKind kind : MemoryKind.values()) {
            peaks.put(kind, engine.ledger().peakBytes(kind));
        }
        return peaks;
    }

    long reservedPeakBytes() {
        return engine.peakReservedBytes();
    }

    void resetPeaks() {
        engine.trim();
        engine.resetPeaks();
    }

    @Override
    public void close() {
        try (engine) {
            savings.close();
        }
    }
}
