package org.backpropaganda.synthetic;

import static java.util.Objects.requireNonNull;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Gradients;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.Sequential;
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
 */
final class DecoupledSegment implements Segment {
    private final List<Module> modules;
    private final List<Boundary> boundaries;
    private final UpdateRule rule;
    private CallSite site = CallSite.nowhere();
    private @Nullable Trace trace;
    private double share = 1;
    private @Nullable SavedTensor savedBoundary;
    private @Nullable SavedTensor savedLabels;
    private @Nullable SavedTensor savedInputGradient;

    /**
     * One call.
     *
     * @param modules as many as boundaries
     */
    DecoupledSegment(List<Module> modules, List<Boundary> boundaries, UpdateRule rule) {
        this.modules = modules;
        this.boundaries = boundaries;
        this.rule = rule;
    }

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

    /** The gradient of the input was computed in forward, from a prediction. */
    @Override
    public boolean needsOutputGradient() {
        return false;
    }

    @Override
    public List<Tensor> forward(SegmentForward call) {
        site = call.site();
        trace = call.tape().isReplay() ? call.firstRun() : call.trace();
        share = call.share();
        if (rule.isAtOnce() && share != 1) {
            throw new IllegalStateException("decoupled sequence: updates weights at once, but this is the share "
                    + share + " of a step, whose gradients have to gather; update at the end of the step");
        }
        Tensor labels = call.inputs() > 1 ? call.input(1) : null;
        Tensor h = call.scope().share(call.input(0));
        for (int k = 0; k < modules.size(); k++) {
            Tensor awaiting = k > 0 && boundaries.get(k - 1).wantsTarget() ? call.lease(h) : null;
            Run run = run(call, k, h, labels);
            Tensor target = run.inputGradient();
            if (target != null) {
                if (k > 0) {
                    learn(call, boundaries.get(k - 1), h, labels, target);
                } else if (call.isRecorded()) {
                    savedInputGradient = call.save("gradient of the input", target);
                }
                target.close();
            }
            if (awaiting != null) {
                awaiting.close();
            }
            h.close();
            h = run.result();
        }
        if (call.isRecorded() && last().wantsTarget()) {
            savedBoundary = call.save("boundary", h);
            savedLabels = labels == null ? null : call.save("labels", labels);
        }
        return List.of(h);
    }

    private Boundary last() {
        return boundaries.get(boundaries.size() - 1);
    }

    private Run run(SegmentForward call, int k, Tensor h, @Nullable Tensor labels) {
        if (!call.tape().isReplay()) {
            return rule.ofModule(
                    call.scope(), call.tape().gradients(), gradients -> differentiate(call, k, h, labels, gradients));
        }
        if (k == 0 && call.needs(0)) {
            try (Gradients gatheredBefore = new Gradients(call.scope())) {
                return differentiate(call, k, h, labels, gatheredBefore);
            }
        }
        try (Tape silent = call.silentTape()) {
            return new Run(call.leave(DecoupledSequence.callInner(k, modules.get(k), silent.constant(h))), null);
        }
    }

    /** Runs a module and its backward from a predicted gradient. */
    private Run differentiate(SegmentForward call, int k, Tensor h, @Nullable Tensor labels, Gradients gradients) {
        boolean inputWanted = h.dtype().isDifferentiable()
                && (k == 0 ? call.needs(0) : boundaries.get(k - 1).wantsTarget());
        try (Tape nested = call.recordingTape(gradients)) {
            Variable input = inputWanted ? nested.leaf(h) : nested.constant(h);
            Variable output = DecoupledSequence.callInner(k, modules.get(k), input);
            Sequential.letGo(List.of(input), List.of(), List.of(output));
            Tensor result = call.leave(output);
            if (!output.requiresGradient() && !boundaries.get(k).wantsTarget()) {
                return new Run(result, inputWanted ? noGradient(call, h) : null);
            }
            Variable end = Identity.hold(output);
            output.release();
            Tensor prediction = boundaries.get(k).predict(call, requireNonNull(trace), site, result, labels, share);
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

    private void learn(SegmentForward call, Boundary boundary, Tensor h, @Nullable Tensor labels, Tensor target) {
        rule.ofPredictor(call.scope(), call.tape().gradients(), gradients -> {
            try (Tape replay = call.replayTape(requireNonNull(trace), site, gradients)) {
                boundary.train(replay, h, labels, target, share);
            }
            return boundary;
        });
    }

    @Override
    public void backward(SegmentBackward call) {
        if (savedBoundary != null) {
            Tensor h = call.restore(savedBoundary);
            Tensor labels = savedLabels == null ? null : call.restore(savedLabels);
            Tensor target = call.output(0).value();
            if (target != null) {
                learn(call, h, labels, target);
            }
            h.close();
            if (labels != null) {
                labels.close();
            }
        }
        if (savedInputGradient != null) {
            Tensor kept = call.restore(savedInputGradient);
            Tensor gradient = call.scope().share(kept);
            kept.close();
            GradientSlot slot = call.input(0);
            if (slot == null) {
                gradient.close();
            } else {
                slot.give(gradient);
            }
        }
    }

    private void learn(SegmentBackward call, Tensor h, @Nullable Tensor labels, Tensor target) {
        rule.ofPredictor(call.scope(), call.gradients(), gradients -> {
            try (Tape replay = call.replayTape(requireNonNull(trace), site, gradients)) {
                last().train(replay, h, labels, target, share);
            }
            return last();
        });
    }
}
