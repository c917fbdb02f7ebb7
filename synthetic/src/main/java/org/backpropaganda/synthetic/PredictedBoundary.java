package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.SegmentCall;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.synthetic.predictor.GradientPredictor;
import org.backpropaganda.synthetic.predictor.Lesson;
import org.jspecify.annotations.Nullable;

/** A boundary with a predictor, and what is known of its last prediction. */
final class PredictedBoundary extends Boundary {
    private final GradientPredictor predictor;
    private final Mixing mixing;
    private final double factor;
    private boolean measured;
    private @Nullable PredictionQuality quality;

    PredictedBoundary(int number, PredictedGradient rule) {
        super(number, "predictors", rule);
        this.predictor = rule.predictor();
        this.mixing = rule.mixing();
        this.factor = rule.factor();
    }

    GradientPredictor predictor() {
        return predictor;
    }

    void measure(boolean wanted) {
        measured = wanted;
        quality = null;
    }

    @Nullable
    PredictionQuality quality() {
        return quality;
    }

    @Override
    boolean waits() {
        return mixing.lambda() > 0;
    }

    @Override
    boolean mayChange() {
        return mixing.progress().isPresent();
    }

    @Override
    boolean wantsTarget() {
        return measured || hasTrainable() || mixing.compares();
    }

    @Override
    double factor() {
        return factor;
    }

    /** A first run of a part of a step tells it to what it is mixed by. */
    void ran(Tape tape, double share) {
        if (mayChange()) {
            tape.onFirstRun(() -> mixing.ran(share));
        }
    }

    @Override
    List<Variable> cross(List<Variable> h, @Nullable Variable labels, Crossing crossing) {
        double lambda = mixing.lambda();
        if (lambda == 1 && !wantsTarget() && !mayChange()) {
            return h;
        }
        List<Variable> inputs = new ArrayList<>(h);
        if (labels != null && predictor.isConditioned()) {
            inputs.add(labels);
        }
        return h.get(0).tape().apply(new MixedSegment(this, crossing.rule(), lambda, crossing.factor()), inputs);
    }

    @Override
    List<Tensor> gradient(
            SegmentForward call, Trace trace, Gradients gradients, List<Tensor> h, @Nullable Tensor labels) {
        ran(call.tape(), call.share());
        return predict(call, trace, h, labels);
    }

    /**
     * The predictions, owned by the call's scope.
     *
     * @param trace takes the predictor's call up
     */
    List<Tensor> predict(SegmentForward call, Trace trace, List<Tensor> h, @Nullable Tensor labels) {
        try (Tape silent = call.tape(TapeSite.aside(trace, call.site()), TapeMode.SILENT)) {
            List<Variable> results = ask(silent, h, labels);
            List<Tensor> predictions = new ArrayList<>();
            for (int i = 0; i < h.size(); i++) {
                predictions.add(call.leave(results.get(i)));
            }
            results.forEach(Variable::release);
            for (int i = 0; i < h.size(); i++) {
                Tensor prediction = predictions.get(i);
                if (!prediction.isExclusive()) {
                    Tensor copy = call.scope()
                            .allocate(h.get(i).shape(), h.get(i).dtype())
                            .copyFrom(prediction);
                    prediction.close();
                    prediction = copy;
                    predictions.set(i, copy);
                }
                scale(prediction, factor * call.share() / positions(h.get(i)), prediction);
            }
            return predictions;
        }
    }

    /** What a predictor is asked and told again. */
    record Question(List<Tensor> h, @Nullable Tensor labels, double share) {}

    /**
     * Adds the gradient of the regression on {@code targets} to that of the predictor's parameters.
     *
     * @param call of the segment that the predictor was asked in
     * @param trace has the predictor's call
     * @param gradients where those of the predictor's parameters gather
     * @param question share is that of the step that the loss of this batch is
     * @param targets the gradients of the step's loss
     * @param told hears the predictions before the predictor learns
     */
    void train(
            SegmentCall call,
            Trace trace,
            Gradients gradients,
            Question question,
            List<Tensor> targets,
            Consumer<List<Tensor>> told) {
        try (Tape replay = call.tape(TapeSite.again(trace, call.site()), TapeMode.RECORDING, gradients)) {
            List<Variable> results = ask(replay, question.h(), question.labels());
            List<Lesson> lessons = new ArrayList<>();
            for (int i = 0; i < targets.size(); i++) {
                Tensor h = question.h().get(i);
                double perPosition = question.share() / positions(h);
                Tensor prediction = replay.scope().allocate(h.shape(), h.dtype());
                scale(results.get(i).value(), perPosition, prediction);
                lessons.add(new Lesson(prediction, targets.get(i), perPosition));
            }
            List<Tensor> predictions = lessons.stream().map(Lesson::prediction).toList();
            if ((measured || mixing.compares()) && predictions.get(0).hasValues()) {
                PredictionQuality compared = PredictionQuality.of(predictions, targets);
                quality = measured ? compared : null;
                mixing.compared(compared.cosine());
            }
            told.accept(predictions);
            predictor.learn(replay, results, lessons);
        }
    }

    /** Over what the loss is a mean: examples, and pixels of images. */
    private static double positions(Tensor h) {
        return (double) h.elements() / h.shape().dim(-1);
    }

    private static void scale(Tensor from, double factor, Tensor to) {
        Kernels.of(from).eltwise().forward(EltwiseKernel.Function.SCALE, factor, from, to);
    }

    private List<Variable> ask(Tape tape, List<Tensor> h, @Nullable Tensor labels) {
        List<Variable> inputs = new ArrayList<>();
        h.forEach(value -> inputs.add(tape.constant(value)));
        if (labels != null && predictor.isConditioned()) {
            inputs.add(tape.constant(labels));
        }
        try (ModuleCall call = tape.enterPart(caller())) {
            List<Variable> results = call.returning(predictor.call(inputs));
            for (int i = 0; i < h.size(); i++) {
                if (results.size() <= i
                        || !results.get(i).spec().equals(h.get(i).spec())) {
                    throw new ShapeException("decoupled sequence: boundary " + number() + " is "
                            + h.get(i).spec() + ", its predictor gave "
                            + (results.size() <= i ? "nothing" : results.get(i).spec())
                            + "; a gradient has the shape of its tensor");
                }
            }
            return results;
        }
    }
}
