package org.backpropaganda.synthetic;

import java.util.List;
import org.backpropaganda.autograd.graph.Callee;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Parameter;
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

/** Where two modules meet: the predictor, and what is known of its last prediction. */
final class Boundary {
    private final int number;
    private final GradientPredictor predictor;
    private final Predictors caller = new Predictors();
    private boolean measured;
    private @Nullable PredictionQuality quality;

    Boundary(int number, GradientPredictor predictor) {
        this.number = number;
        this.predictor = predictor;
        predictor.parameters().forEach((path, parameter) -> parameter.named(pathOf(path)));
    }

    /** Whose calls the predictors are: it gives them a path and random keys apart from those of the modules. */
    private final class Predictors implements Callee {
        @Override
        public String nameOf(Callee child) {
            return Integer.toString(number);
        }
    }

    GradientPredictor predictor() {
        return predictor;
    }

    /** What a parameter of the predictor is called beside the parameters of the modules. */
    String pathOf(String path) {
        return "predictors." + number + "." + path;
    }

    void measure(boolean wanted) {
        measured = wanted;
        quality = null;
    }

    @Nullable
    PredictionQuality quality() {
        return quality;
    }

    /** Whether it has a use for a target. */
    boolean wantsTarget() {
        return measured || predictor.parameterList().stream().anyMatch(Parameter::isTrainable);
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
            scale(prediction, call.share() / positions(h), prediction);
            return prediction;
        }
    }

    /**
     * Adds the gradient of the regression on {@code target} to that of the predictor's parameters.
     *
     * @param call of the segment that the predictor was asked in
     * @param trace has the predictor's call
     * @param gradients where those of the predictor's parameters gather
     * @param target the gradient of the step's loss
     * @param share of the step that the loss of this batch is
     */
    void train(
            SegmentCall call,
            Trace trace,
            Gradients gradients,
            Tensor h,
            @Nullable Tensor labels,
            Tensor target,
            double share) {
        try (Tape replay = call.tape(TapeSite.again(trace, call.site()), TapeMode.RECORDING, gradients)) {
            train(replay, h, labels, target, share);
        }
    }

    private void train(Tape replay, Tensor h, @Nullable Tensor labels, Tensor target, double share) {
        List<Variable> results = ask(replay, h, labels);
        double factor = share / positions(h);
        Tensor prediction = replay.scope().allocate(h.shape(), h.dtype());
        scale(results.get(0).value(), factor, prediction);
        if (measured && prediction.hasValues()) {
            quality = PredictionQuality.of(prediction, target);
        }
        predictor.learn(replay, results, new Lesson(prediction, target, factor));
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
        try (ModuleCall call = tape.enterPart(caller)) {
            List<Variable> results = call.returning(predictor.call(inputs));
            if (!results.get(0).spec().equals(h.spec())) {
                throw new ShapeException("decoupled sequence: boundary " + number + " is " + h.spec()
                        + ", its predictor gave " + results.get(0).spec()
                        + "; a gradient has the shape of its tensor");
            }
            return results;
        }
    }
}
