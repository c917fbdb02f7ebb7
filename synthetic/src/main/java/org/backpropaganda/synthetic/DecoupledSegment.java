package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The modules before the last boundary. Its forward differentiates each of them before the next one runs; its backward
 * trains the last boundary's predictor on the gradient that arrives there.
 *
 * <p>In a replay nothing is learned but by that predictor: modules run silently, the first one excepted where its input
 * needs a gradient.
 *
 * @param modules as many as boundaries
 */
record DecoupledSegment(List<Module> modules, List<Boundary> boundaries, UpdateRule rule) implements Segment {

    @Override
    public String name() {
        return "decoupled sequence";
    }

    @Override
    public List<Parameter> parameters() {
        List<Parameter> all = new ArrayList<>();
        modules.forEach(module -> all.addAll(module.trainedParameters()));
        boundaries.forEach(boundary -> all.addAll(boundary.predictor().parameterList()));
        return all;
    }

    /**
     * A module's run.
     *
     * @param result owned by the call's scope
     * @param inputGradient also; null where none was wanted
     */
    private record Run(Tensor result, @Nullable Tensor inputGradient) {}

    @Override
    public Result forward(SegmentForward call) {
        Trace trace = call.tape().isReplay() ? call.firstRun() : call.trace();
        double share = call.share();
        if (rule.isAtOnce() && share != 1) {
            throw new IllegalStateException("decoupled sequence: updates weights at once, but this is the share "
                    + share + " of a step, whose gradients have to gather; update at the end of the step");
        }
        SavedTensor inputGradient = null;
        Tensor labels = call.inputs() > 1 ? call.input(1) : null;
        Tensor h = call.scope().share(call.input(0));
        for (int k = 0; k < modules.size(); k++) {
            Tensor awaiting = k > 0 && boundaries.get(k - 1).wantsTarget() ? call.lease(h) : null;
            Run run = run(call, trace, k, h, labels);
            Tensor target = run.inputGradient();
            if (target != null) {
                if (k > 0) {
                    learn(call, trace, boundaries.get(k - 1), h, labels, target);
                } else if (call.isRecorded()) {
                    inputGradient = call.save("gradient of the input", target);
                }
                target.close();
            }
            if (awaiting != null) {
                awaiting.close();
            }
            h.close();
            h = run.result();
        }
        boolean learns = call.isRecorded() && last().wantsTarget();
        Pullback pullback = new DecoupledPullback(
                last(),
                rule,
                trace,
                share,
                learns ? call.save("boundary", h) : null,
                learns && labels != null ? call.save("labels", labels) : null,
                inputGradient);
        return new Result(List.of(h), pullback);
    }

    private Boundary last() {
        return boundaries.get(boundaries.size() - 1);
    }

    private Run run(SegmentForward call, Trace trace, int k, Tensor h, @Nullable Tensor labels) {
        if (!call.tape().isReplay()) {
            return rule.ofModule(
                    call.scope(), call.gradients(), gradients -> differentiate(call, trace, k, h, labels, gradients));
        }
        if (k == 0 && call.needs(0)) {
            try (Gradients gatheredBefore = new Gradients(call.scope())) {
                return differentiate(call, trace, k, h, labels, gatheredBefore);
            }
        }
        try (Tape silent = call.tape(TapeSite.here(), TapeMode.SILENT)) {
            return new Run(call.leave(DecoupledSequence.callInner(k, modules.get(k), silent.constant(h))), null);
        }
    }

    /** Runs a module and its backward from a predicted gradient. */
    private Run differentiate(
            SegmentForward call, Trace trace, int k, Tensor h, @Nullable Tensor labels, Gradients gradients) {
        boolean inputWanted = h.dtype().isDifferentiable()
                && (k == 0 ? call.needs(0) : boundaries.get(k - 1).wantsTarget());
        try (Tape nested = call.tape(TapeSite.here(), TapeMode.RECORDING, gradients)) {
            Variable input = inputWanted ? nested.leaf(h) : nested.constant(h);
            Variable output = DecoupledSequence.callInner(k, modules.get(k), input);
            Liveness.letGo(List.of(input), List.of(), List.of(output));
            Tensor result = call.leave(output);
            // The replay of a first run may want the gradient of the input, and asks the predictor for what this
            // run did.
            boolean mayBeReplayed =
                    k == 0 && call.isPartOfReplays() && h.dtype().isDifferentiable();
            if (!output.requiresGradient() && !boundaries.get(k).wantsTarget() && !mayBeReplayed) {
                return new Run(result, inputWanted ? noGradient(call, h) : null);
            }
            Variable end = Identity.hold(output);
            output.release();
            Tensor prediction = boundaries.get(k).predict(call, trace, result, labels);
            if (end.requiresGradient()) {
                nested.backward(List.of(end), List.of(prediction));
            }
            prediction.close();
            Tensor gradient = nested.gradient(input);
            if (gradient == null) {
                return new Run(result, inputWanted ? noGradient(call, h) : null);
            }
            return new Run(result, call.scope().share(gradient));
        }
    }

    /** The target of a boundary that the module behind it does not depend on. */
    private static Tensor noGradient(SegmentForward call, Tensor h) {
        return call.scope().zeros(h.shape(), h.dtype(), MemoryKind.TEMPORARY);
    }

    private void learn(
            SegmentForward call, Trace trace, Boundary boundary, Tensor h, @Nullable Tensor labels, Tensor target) {
        rule.ofPredictor(call.scope(), call.gradients(), gradients -> {
            boundary.train(call, trace, gradients, h, labels, target, call.share());
            return boundary;
        });
    }
}
