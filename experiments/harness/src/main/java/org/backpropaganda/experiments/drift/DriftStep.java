package org.backpropaganda.experiments.drift;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.SoftmaxCrossEntropy;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.experiments.model.Model;
import org.backpropaganda.experiments.model.ModelSpec;

/**
 * The first step of a model on normally distributed pixels and labels drawn at random: the same for every technique.
 *
 * @param batch images
 * @param seed of weights and inputs
 */
record DriftStep(ModelSpec spec, int batch, long seed, int threads) {

    /** Gradients by the names of parameters, and live activations after the loss. */
    record Result(Map<String, double[]> gradients, long savedActivationBytes) {}

    Result run(List<Technique> techniques) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope root = engine.scope("")) {
            Model model = Model.create(spec, techniques, root, seed);
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, seed)) {
                Variable loss = loss(model, scope, tape);
                long saved = engine.ledger().liveBytes(MemoryKind.ACTIVATION);
                Map<String, double[]> values = new LinkedHashMap<>();
                try (Gradients gradients = tape.backward(loss)) {
                    model.parameters().forEach((name, parameter) -> {
                        Tensor gradient = gradients.of(parameter);
                        values.put(name, gradient == null ? new double[0] : gradient.toDoubles());
                    });
                }
                return new Result(values, saved);
            }
        }
    }

    /** What somebody makes of the streams in front of the first coupling. */
    @FunctionalInterface
    interface Use<T> {
        T of(List<Tensor> streams);
    }

    /** Shows the streams in front of the first coupling, behind a forward run. */
    <T> T streams(WatchedReversible technique, Use<T> use) {
        try (Engine engine = Engine.builder().threads(threads).build();
                TensorScope root = engine.scope("")) {
            Model model = Model.create(spec, List.of(technique), root, seed);
            List<Tensor> streams = new ArrayList<>();
            technique.listen(entering -> entering.forEach(stream -> streams.add(
                    root.allocate(stream.shape(), stream.spec().dtype()).copyFrom(stream.value()))));
            try (TensorScope scope = root.child();
                    Tape tape = Tape.training(scope, seed)) {
                loss(model, scope, tape);
            }
            return use.of(streams);
        }
    }

    private Variable loss(Model model, TensorScope scope, Tape tape) {
        SplittableRandom random = new SplittableRandom(seed);
        Shape shape = Shape.of(batch, spec.height(), spec.columns(), spec.channels());
        Tensor images = scope.allocate(shape, spec.dtype(), MemoryKind.INPUT).fill(random::nextGaussian);
        Tensor labels = scope.allocate(Shape.of(batch), DType.INT, MemoryKind.INPUT)
                .set(random.ints(batch, 0, spec.classes()).toArray());
        Variable truth = tape.constant(labels);
        return SoftmaxCrossEntropy.crossEntropy(model.logits(tape.constant(images), truth), truth);
    }
}
