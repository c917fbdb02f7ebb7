package org.backpropaganda.synthetic.stage;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Callee;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeBuilder;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.Lesson;
import org.jspecify.annotations.Nullable;

/** A stage's predictor: asked as soon as the stage has run, trained when the true gradient, or the next prediction's, comes. */
final class StagePredictor {
    /** Random numbers of predictors are apart from those of modules. */
    private static final long APART = 0x5DEECE66DL;

    private final String name;
    private final GradientPredictor predictor;
    private final Callee caller = new Predictors();
    private final TensorScope scope;

    StagePredictor(int number, GradientPredictor predictor, TensorScope scope) {
        this.name = "predictors." + number;
        this.predictor = predictor;
        this.scope = scope;
        predictor.parameters().forEach((path, parameter) -> parameter.named(name + "." + path));
    }

    /** Whose calls the predictors are: it gives them a path apart from that of the modules. */
    private final class Predictors implements Callee {
        @Override
        public String nameOf(Callee child) {
            return name;
        }
    }

    /** The predicted gradients of a loss that is a mean over the batch, owned by the stage's scope. */
    List<Tensor> predict(long seed, List<Tensor> boundary, @Nullable Tensor labels) {
        try (Tape tape = tape(seed).notRecording().build()) {
            List<Tensor> predictions = new ArrayList<>();
            List<Variable> results = ask(tape, boundary, labels);
            for (int i = 0; i < boundary.size(); i++) {
                predictions.add(scaled(scope, results.get(i).value()));
            }
            return predictions;
        }
    }

    /**
     * The gradients of the regression on targets.
     *
     * @param targets null where nothing behind the boundary depends on it: then zeros
     */
    Gradients train(long seed, List<Tensor> boundary, @Nullable Tensor labels, List<@Nullable Tensor> targets) {
        Gradients gradients = new Gradients(scope);
        try (Tape tape = tape(seed).again().gradients(gradients).build()) {
            List<Variable> results = ask(tape, boundary, labels);
            List<Lesson> lessons = new ArrayList<>();
            for (int i = 0; i < boundary.size(); i++) {
                Tensor h = boundary.get(i);
                Tensor arrived = targets.get(i);
                Tensor target =
                        arrived != null ? arrived : tape.scope().zeros(h.shape(), h.dtype(), MemoryKind.TEMPORARY);
                lessons.add(new Lesson(scaled(tape.scope(), results.get(i).value()), target, 1 / positions(h)));
            }
            predictor.learn(tape, results, lessons);
        }
        return gradients;
    }

    private TapeBuilder tape(long seed) {
        return Tape.builder(scope).seed(seed ^ APART);
    }

    private static Tensor scaled(TensorScope into, Tensor perPosition) {
        Tensor scaled = into.allocate(perPosition.shape(), perPosition.dtype());
        Kernels.of(scaled)
                .eltwise()
                .forward(EltwiseKernel.Function.SCALE, 1 / positions(perPosition), perPosition, scaled);
        return scaled;
    }

    /** Over what the loss is a mean: examples, and pixels of images. */
    private static double positions(Tensor h) {
        return (double) h.elements() / h.shape().dim(-1);
    }

    private List<Variable> ask(Tape tape, List<Tensor> boundary, @Nullable Tensor labels) {
        List<Tensor> inputs = new ArrayList<>(boundary);
        if (predictor.isConditioned()) {
            if (labels == null) {
                throw new IllegalArgumentException(name + " is conditioned on labels; give labels with each batch");
            }
            inputs.add(labels);
        }
        try (ModuleCall part = tape.enterPart(caller)) {
            List<Variable> answers = part.returning(predictor.call(StageTapes.constants(tape, inputs)));
            List<TensorSpec> specs = answers.stream().map(Variable::spec).toList();
            List<TensorSpec> wanted = boundary.stream().map(Tensor::spec).toList();
            if (specs.size() < wanted.size() || !specs.subList(0, wanted.size()).equals(wanted)) {
                throw new ShapeException("staged learner: the boundary is " + wanted + ", " + name + " gave " + specs
                        + "; a gradient has the shape of its tensor");
            }
            return answers;
        }
    }
}
