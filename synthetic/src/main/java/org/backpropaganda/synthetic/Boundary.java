package org.backpropaganda.synthetic;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.Callee;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.ModuleCall;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Where two modules meet: a rule in force. */
abstract sealed class Boundary permits PredictedBoundary, LocalBoundary, FeedbackBoundary {
    private final int number;
    private final String learnersName;
    private final BoundaryRule rule;
    private final Callee caller = new Predictors();
    private final Callee inputCaller = new Inputs();

    /**
     * A boundary.
     *
     * @param learnersName what the first learners of all such boundaries are called together
     */
    Boundary(int number, String learnersName, BoundaryRule rule) {
        this.number = number;
        this.learnersName = learnersName;
        this.rule = rule;
        parameters().forEach((path, parameter) -> parameter.named(path));
    }

    static Boundary of(int number, BoundaryRule rule) {
        if (rule instanceof PredictedGradient predicted) {
            return new PredictedBoundary(number, predicted);
        }
        if (rule instanceof LocalLoss local) {
            return new LocalBoundary(number, local);
        }
        return new FeedbackBoundary(number, (DirectFeedback) rule);
    }

    /** Whose calls the learners are: it gives them a path and random keys apart from those of the modules. */
    private final class Predictors implements Callee {
        @Override
        public String nameOf(Callee child) {
            return Integer.toString(number);
        }
    }

    /** Likewise of what predicts inputs. */
    private final class Inputs implements Callee {
        @Override
        public String nameOf(Callee child) {
            return Integer.toString(number);
        }
    }

    final Callee caller() {
        return caller;
    }

    final int number() {
        return number;
    }

    final BoundaryRule rule() {
        return rule;
    }

    /** How many tensors cross. */
    final int streams() {
        return rule.streams();
    }

    /** The parameters of what learns here, by the path that they have beside the parameters of the modules. */
    final Map<String, Parameter> parameters() {
        Map<String, Parameter> all = new LinkedHashMap<>();
        for (Module learner : rule.learners()) {
            String place = (learner == rule.input() ? "inputs." : learnersName + ".") + number + ".";
            learner.parameters().forEach((path, parameter) -> all.put(place + path, parameter));
        }
        return all;
    }

    final boolean hasTrainable() {
        return parameters().values().stream().anyMatch(Parameter::isTrainable);
    }

    /** Whether the module in front waits in this step for a gradient from behind. */
    abstract boolean waits();

    /** Whether the answer may differ from step to step. */
    boolean mayChange() {
        return false;
    }

    /** Whether it has a use for a target: the gradient that arrives from behind, where nothing waits for it. */
    boolean wantsTarget() {
        return false;
    }

    /** Whether what learns here does when the gradient is asked for. */
    boolean learnsAtOnce() {
        return false;
    }

    /**
     * The gradient that the module in front learns from where it does not wait, owned by the call's scope.
     *
     * @param trace takes the learner's call up
     * @param gradients where those of the learner's parameters gather, if it learns at once
     * @param h what the module returned
     * @return one for each of h
     */
    List<Tensor> gradient(
            SegmentForward call, Trace trace, Gradients gradients, List<Tensor> h, @Nullable Tensor labels) {
        throw new IllegalStateException("decoupled sequence: boundary " + number + " waits for a gradient");
    }

    /**
     * What the module behind is called with instead of h, owned by the call's scope; what predicts it learns from h.
     *
     * @param trace takes the call of what predicts it up
     * @param gradients where those of its parameters gather; null where it does not learn
     * @param x the input of the sequence
     */
    final Tensor syntheticInput(
            SegmentForward call, Trace trace, @Nullable Gradients gradients, Tensor x, Tensor h, Module input) {
        TapeMode mode = gradients == null ? TapeMode.SILENT : TapeMode.RECORDING;
        try (Tape aside =
                call.tape(TapeSite.aside(trace, call.site()), mode, gradients == null ? call.gradients() : gradients)) {
            Variable predicted = syntheticInput(aside, x, h, input);
            Tensor result = call.leave(predicted);
            if (predicted.requiresGradient() && aside.isRecording()) {
                double perPosition =
                        2 * call.share() / ((double) h.elements() / h.shape().dim(-1));
                Tensor slope = aside.scope().allocate(h.shape(), h.dtype());
                Kernels.of(h).binary().apply(BinaryKernel.Function.SUBTRACT, result, h, slope);
                Kernels.of(h).eltwise().forward(EltwiseKernel.Function.SCALE, perPosition, slope, slope);
                aside.backward(List.of(predicted), List.of(slope));
            }
            return result;
        }
    }

    private Variable syntheticInput(Tape aside, Tensor x, Tensor h, Module input) {
        try (ModuleCall call = aside.enterPart(inputCaller)) {
            List<Variable> results = call.returning(input.call(List.of(aside.constant(x))));
            if (results.size() != 1 || !results.get(0).spec().equals(h.spec())) {
                throw new ShapeException("decoupled sequence: boundary " + number + " is " + h.spec()
                        + ", the prediction of it "
                        + results.stream().map(Variable::spec).toList()
                        + "; a synthetic input has the shape of what it stands for");
            }
            return results.get(0);
        }
    }

    /** What of a gradient is applied: targets in front are told without it. */
    double factor() {
        return 1;
    }

    /**
     * Passes values where gradients wait.
     *
     * @param h what the module in front returned
     * @return what the module behind it is called with
     */
    List<Variable> cross(List<Variable> h, @Nullable Variable labels, Crossing crossing) {
        throw new IllegalStateException("decoupled sequence: at boundary " + number + " no gradient waits");
    }

    /**
     * What crosses beside a value.
     *
     * @param rule when learners are updated
     * @param factor of the gradients that come from behind
     * @param ports takes up what errors will come through
     */
    record Crossing(UpdateRule rule, double factor, List<Variable> ports) {}
}
