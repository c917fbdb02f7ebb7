package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
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
import org.backpropaganda.autograd.kernel.EltwiseKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The modules before the last boundary at which nothing is waited for. Its forward differentiates each stretch of them before
 * the next one runs; its backward trains the last boundary's predictor on the gradient that arrives there.
 *
 * <p>In a replay nothing is learned but by that predictor: modules run silently, those of the first stretch excepted where its
 * input needs a gradient.
 *
 * @param stretches of modules, one or more
 * @param ends the boundaries behind each
 */
record DecoupledSegment(List<Stretch> stretches, List<Boundary> ends, UpdateRule rule) implements Segment {
    private static final long APART = 0x9E3779B97F4A7C15L;

    @Override
    public String name() {
        return "decoupled sequence";
    }

    @Override
    public List<Parameter> parameters() {
        List<Parameter> all = new ArrayList<>();
        stretches.forEach(stretch -> all.addAll(stretch.parameters()));
        ends.forEach(boundary -> all.addAll(boundary.parameters().values()));
        return all;
    }

    /**
     * A stretch's run.
     *
     * @param result owned by the call's scope
     * @param inputGradient also; null where none was wanted
     */
    private record Run(Tensor result, @Nullable Tensor inputGradient) {}

    @Override
    public Result forward(SegmentForward call) {
        Trace trace = call.tape().isReplay() ? call.firstRun() : call.trace();
        double share = call.share();
        rule.requireWhole(share);
        SavedTensor inputGradient = null;
        Tensor labels = call.inputs() > 1 ? call.input(1) : null;
        Tensor h = call.scope().share(call.input(0));
        for (int k = 0; k < stretches.size(); k++) {
            Tensor awaiting = k > 0 && ends.get(k - 1).wantsTarget() ? call.lease(h) : null;
            Run run = run(call, trace, k, h, labels);
            Tensor target = run.inputGradient();
            if (target != null) {
                if (k > 0) {
                    learn(call, trace, k, h, labels, target);
                } else if (call.isRecorded()) {
                    inputGradient = call.save("gradient of the input", target);
                }
                target.close();
            }
            if (awaiting != null) {
                awaiting.close();
            }
            h.close();
            h = crossing(call, trace, k, run.result());
        }
        PredictedBoundary last = ends.get(ends.size() - 1) instanceof PredictedBoundary predicted ? predicted : null;
        boolean learns = call.isRecorded() && last != null && last.wantsTarget();
        Pullback pullback = new DecoupledPullback(
                last,
                rule,
                trace,
                share,
                learns ? call.save("boundary", h) : null,
                learns && labels != null ? call.save("labels", labels) : null,
                inputGradient);
        return new Result(List.of(h), pullback);
    }

    /** What the next stretch is called with. */
    private Tensor crossing(SegmentForward call, Trace trace, int k, Tensor h) {
        Boundary end = ends.get(k);
        Module input = end.rule().input();
        if (input == null) {
            return h;
        }
        Tensor synthetic = call.tape().isReplay()
                ? end.syntheticInput(call, trace, null, call.input(0), h, input)
                : rule.ofPredictor(
                        end.number(),
                        call.scope(),
                        call.gradients(),
                        gradients -> end.syntheticInput(call, trace, gradients, call.input(0), h, input));
        h.close();
        return synthetic;
    }

    private Run run(SegmentForward call, Trace trace, int k, Tensor h, @Nullable Tensor labels) {
        if (isUpdated(call, k)) {
            if (!call.tape().isReplay()) {
                return rule.ofModule(
                        ends.get(k).number(),
                        call.scope(),
                        call.gradients(),
                        gradients -> differentiate(call, trace, k, h, labels, gradients));
            }
            if (k == 0 && call.needs(0)) {
                try (Gradients gatheredBefore = new Gradients(call.scope())) {
                    return differentiate(call, trace, k, h, labels, gatheredBefore);
                }
            }
        }
        Tensor result = silently(call, k, h, labels);
        if (!call.tape().isReplay() && ends.get(k).wantsTarget()) {
            // The predictor is trained if its target comes, and then has run before.
            ends.get(k).gradient(call, trace, call.gradients(), result, labels).close();
        }
        return new Run(result, null);
    }

    private Tensor silently(SegmentForward call, int k, Tensor h, @Nullable Tensor labels) {
        try (Tape silent = call.tape(TapeSite.here(), TapeMode.SILENT)) {
            return call.leave(stretches.get(k).run(silent.constant(h), given(silent, k, labels)));
        }
    }

    /** Drawn for the call, so that a replay draws the same. */
    private boolean isUpdated(SegmentForward call, int k) {
        double probability = ends.get(k).rule().updateProbability();
        return probability == 1
                || new SplittableRandom(call.tape().key() + (ends.get(k).number() + 1) * APART).nextDouble()
                        < probability;
    }

    private @Nullable Variable given(Tape nested, int k, @Nullable Tensor labels) {
        return labels != null && stretches.get(k).isConditioned() ? nested.constant(labels) : null;
    }

    /** Runs modules and their backward from the gradient that their boundary has for them. */
    private Run differentiate(
            SegmentForward call, Trace trace, int k, Tensor h, @Nullable Tensor labels, Gradients gradients) {
        boolean inputWanted = h.dtype().isDifferentiable()
                && (k == 0 ? call.needs(0) : ends.get(k - 1).wantsTarget());
        Boundary end = ends.get(k);
        try (Tape nested = call.tape(TapeSite.here(), TapeMode.RECORDING, gradients)) {
            Variable input = inputWanted ? nested.leaf(h) : nested.constant(h);
            Variable output = stretches.get(k).run(input, given(nested, k, labels));
            Liveness.letGo(List.of(input), List.of(), List.of(output));
            Tensor result = call.leave(output);
            // The replay of a first run may want the gradient of the input, and asks the learner for what this
            // run did.
            boolean mayBeReplayed =
                    k == 0 && call.isPartOfReplays() && h.dtype().isDifferentiable();
            if (!output.requiresGradient() && !end.wantsTarget() && !end.learnsAtOnce() && !mayBeReplayed) {
                return new Run(result, inputWanted ? noGradient(call, h) : null);
            }
            Variable last = Identity.hold(output);
            output.release();
            Tensor arriving = arriving(call, trace, end, result, labels);
            if (last.requiresGradient()) {
                nested.backward(List.of(last), List.of(arriving));
            }
            arriving.close();
            Tensor gradient = nested.gradient(input);
            if (gradient == null) {
                return new Run(result, inputWanted ? noGradient(call, h) : null);
            }
            return new Run(result, call.scope().share(gradient));
        }
    }

    /** What learns when it is asked learns in the first run alone. */
    private Tensor arriving(SegmentForward call, Trace trace, Boundary end, Tensor h, @Nullable Tensor labels) {
        if (!end.learnsAtOnce()) {
            return end.gradient(call, trace, call.gradients(), h, labels);
        }
        if (call.tape().isReplay()) {
            try (Gradients gatheredBefore = new Gradients(call.scope())) {
                return end.gradient(call, trace, gatheredBefore, h, labels);
            }
        }
        return rule.ofPredictor(
                end.number(),
                call.scope(),
                call.gradients(),
                gradients -> end.gradient(call, trace, gradients, h, labels));
    }

    /** The target of a boundary that the module behind it does not depend on. */
    private static Tensor noGradient(SegmentForward call, Tensor h) {
        return call.scope().zeros(h.shape(), h.dtype(), MemoryKind.TEMPORARY);
    }

    /** The boundary in front of a stretch, from the gradient of the stretch's input. */
    private void learn(SegmentForward call, Trace trace, int k, Tensor h, @Nullable Tensor labels, Tensor arrived) {
        PredictedBoundary boundary = (PredictedBoundary) ends.get(k - 1);
        double factor = ends.get(k).factor();
        Tensor target = factor == 1 ? arrived : call.scope().allocate(arrived.shape(), arrived.dtype());
        if (factor != 1) {
            Kernels.of(arrived).eltwise().forward(EltwiseKernel.Function.SCALE, 1 / factor, arrived, target);
        }
        rule.ofPredictor(boundary.number(), call.scope(), call.gradients(), gradients -> {
            boundary.train(
                    call,
                    trace,
                    gradients,
                    new PredictedBoundary.Question(h, labels, call.share()),
                    target,
                    prediction -> {});
            return boundary;
        });
        if (target != arrived) {
            target.close();
        }
    }
}
