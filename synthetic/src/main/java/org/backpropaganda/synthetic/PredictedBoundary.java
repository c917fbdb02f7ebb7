package org.backpropaganda.synthetic;

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
    Variable cross(Variable h, @Nullable Variable labels, Crossing crossing) {
        double lambda = mixing.lambda();
        if (lambda == 1 && !wantsTarget() && !mayChange()) {
            return h;
        }
        return h.tape()
                .apply(
                        new MixedSegment(this, crossing.rule(), lambda, crossing.factor()),
                        labels != null && predictor.isConditioned() ? List.of(h, labels) : List.of(h))
                .get(0);
    }

    @Override
    Tensor gradient(SegmentForward call, Trace trace, Gradients gradients, Tensor h, @Nullable Tensor labels) {
        ran(call.tape(), call.share());
        return predict(call, trace, h, labels);
    }

    /**
     * The prediction, owned by the call's scope.
     *
     * @param trace takes the predictor's call up
     */
    Tensor predict(SegmentForward call, Trace trace, Tensor h, @Nullable Tensor labels) {
        try (Tape silent = call.tape(TapeSite.aside(trace, call.site()), TapeMode.SILENT)) {
            List<Variable> results = ask(silent, h, labels);
            Tensor prediction = call.leave(results.get(0));
            results.forEach(Variable::release);
            if (!prediction.isExclusive()) {
                Tensor copy = call.scope().allocate(h.shape(), h.dtype()).copyFrom(prediction);
                prediction.close();
                prediction = copy;
            }
            scale(prediction, factor * call.share() / positions(h), prediction);
            return prediction;
        }
    }

    /** What a predictor is asked and told again. */
    record Question(Tensor h, @Nullable Tensor labels, double share) {}

    /**
     * Adds the gradient of the regression on {@code target} to that of the predictor's parameters.
     *
     * @param call of the segment that the predictor was asked in
     * @param trace has the predictor's call
     * @param gradients where those of the predictor's parameters gather
     * @param question share is that of the step that the loss of this batch is
     * @param target the gradient of the step's loss
     * @param told hears the prediction before the predictor learns
     */
    void train(
            SegmentCall call,
            Trace trace,
            Gradients gradients,
            Question question,
            Tensor target,
            Consumer<Tensor> told) {
        try (Tape replay = call.tape(TapeSite.again(trace, call.site()), TapeMode.RECORDING, gradients)) {
            Tensor h = question.h();
            List<Variable> results = ask(replay, h, question.labels());
            double perPosition = question.share() / positions(h);
            Tensor prediction = replay.scope().allocate(h.shape(), h.dtype());
            scale(results.get(0).value(), perPosition, prediction);
            if ((measured || mixing.compares()) && prediction.hasValues()) {
                PredictionQuality compared = PredictionQuality.of(prediction, target);
                quality = measured ? compared : null;
                mixing.compared(compared.cosine());
            }
            told.accept(prediction);
            predictor.learn(replay, results, new Lesson(prediction, target, perPosition));
        }
    }

    /** Over what the loss is a mean: examples, and pixels of images. */
    private static double positions(Tensor h) {
        return (double) h.elements() / h.shape().dim(-1);
    }

    private static void scale(Tensor from, double factor, Tensor to) {
        Kernels.of(from).eltwise().forward(EltwiseKernel.Function.SCALE, factor, from, to);
    }

    private List<Variable> ask(Tape tape, Tensor h, @Nullable Tensor labels) {
        Variable boundary = tape.constant(h);
        List<Variable> inputs = labels != null && predictor.isConditioned()
                ? List.of(boundary, tape.constant(labels))
                : List.of(boundary);
        try (ModuleCall call = tape.enterPart(caller())) {
            List<Variable> results = call.returning(predictor.call(inputs));
            if (!results.get(0).spec().equals(h.spec())) {
                throw new ShapeException("decoupled sequence: boundary " + number() + " is " + h.spec()
                        + ", its predictor gave " + results.get(0).spec()
                        + "; a gradient has the shape of its tensor");
            }
            return results;
        }
    }
}
