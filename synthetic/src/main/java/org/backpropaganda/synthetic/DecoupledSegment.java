package org.backpropaganda.synthetic;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
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
     * @param results owned by the call's scope
     * @param inputGradients also; none where none were wanted
     */
    private record Run(List<Tensor> results, List<Tensor> inputGradients) {}

    @Override
    public Result forward(SegmentForward call) {
        Trace trace = call.tape().isReplay() ? call.firstRun() : call.trace();
        double share = call.share();
        rule.requireWhole(share);
        SavedTensor inputGradient = null;
        Tensor labels = call.inputs() > 1 ? call.input(1) : null;
        List<Tensor> h = List.of(call.scope().share(call.input(0)));
        for (int k = 0; k < stretches.size(); k++) {
            List<Tensor> awaiting = k > 0 && ends.get(k - 1).wantsTarget()
                    ? h.stream().map(call::lease).toList()
                    : List.of();
            Run run = run(call, trace, k, h, labels);
            List<Tensor> targets = run.inputGradients();
            if (!targets.isEmpty()) {
                if (k > 0) {
                    learn(call, trace, k, h, labels, targets);
                } else if (call.isRecorded()) {
                    inputGradient = call.save("gradient of the input", targets.get(0));
                }
                targets.forEach(Tensor::close);
            }
            awaiting.forEach(Tensor::close);
            h.forEach(Tensor::close);
            h = crossing(call, trace, k, run.results());
        }
        PredictedBoundary last = ends.get(ends.size() - 1) instanceof PredictedBoundary predicted ? predicted : null;
        boolean learns = call.isRecorded() && last != null && last.wantsTarget();
        Pullback pullback = new DecoupledPullback(
                last,
                rule,
                trace,
                share,
                learns ? h.stream().map(value -> call.save("boundary", value)).toList() : List.of(),
                learns && labels != null ? call.save("labels", labels) : null,
                inputGradient);
        return new Result(h, pullback);
    }

    /** What the next stretch is called with. */
    private List<Tensor> crossing(SegmentForward call, Trace trace, int k, List<Tensor> values) {
        Boundary end = ends.get(k);
        Module input = end.rule().input();
        if (input == null) {
            return values;
        }
        Tensor h = values.get(0);
        Tensor synthetic = call.tape().isReplay()
                ? end.syntheticInput(call, trace, null, call.input(0), h, input)
                : rule.ofPredictor(
                        end.number(),
                        call.scope(),
                        call.gradients(),
                        gradients -> end.syntheticInput(call, trace, gradients, call.input(0), h, input));
        h.close();
        return List.of(synthetic);
    }

    private Run run(SegmentForward call, Trace trace, int k, List<Tensor> h, @Nullable Tensor labels) {
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
        List<Tensor> results = silently(call, k, h, labels);
        if (!call.tape().isReplay() && ends.get(k).wantsTarget()) {
            // The predictor is trained if its target comes, and then has run before.
            ends.get(k).gradient(call, trace, call.gradients(), results, labels).forEach(Tensor::close);
        }
        return new Run(results, List.of());
    }

    private List<Tensor> silently(SegmentForward call, int k, List<Tensor> h, @Nullable Tensor labels) {
        try (Tape silent = call.tape(TapeSite.here(), TapeMode.SILENT)) {
            return stretches
                    .get(k)
                    .run(h.stream().map(silent::constant).toList(), given(silent, k, labels), ends.get(k))
                    .stream()
                    .map(call::leave)
                    .toList();
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

    /** Runs modules and their backward from the gradients that their boundary has for them. */
    private Run differentiate(
            SegmentForward call, Trace trace, int k, List<Tensor> h, @Nullable Tensor labels, Gradients gradients) {
        Boundary end = ends.get(k);
        try (Tape nested = call.tape(TapeSite.here(), TapeMode.RECORDING, gradients)) {
            List<Variable> inputs = h.stream()
                    .map(value -> isInputWanted(call, k, value) ? nested.leaf(value) : nested.constant(value))
                    .toList();
            List<Variable> outputs = stretches.get(k).run(inputs, given(nested, k, labels), end);
            Liveness.letGo(inputs, List.of(), outputs);
            List<Tensor> results = outputs.stream().map(call::leave).toList();
            // The replay of a first run may want the gradient of the input, and asks the learner for what this
            // run did.
            boolean mayBeReplayed =
                    k == 0 && call.isPartOfReplays() && h.get(0).dtype().isDifferentiable();
            boolean isMoved = outputs.stream().anyMatch(Variable::requiresGradient);
            if (!isMoved && !end.wantsTarget() && !end.learnsAtOnce() && !mayBeReplayed) {
                return new Run(results, inputGradients(call, nested, k, h, inputs));
            }
            List<Variable> held = outputs.stream().map(Identity::hold).toList();
            outputs.forEach(Variable::release);
            List<Tensor> arriving = arriving(call, trace, end, results, labels);
            if (isMoved) {
                List<Integer> moved = IntStream.range(0, held.size())
                        .filter(i -> held.get(i).requiresGradient())
                        .boxed()
                        .toList();
                nested.backward(
                        moved.stream().map(held::get).toList(),
                        moved.stream().map(arriving::get).toList());
            }
            arriving.forEach(Tensor::close);
            return new Run(results, inputGradients(call, nested, k, h, inputs));
        }
    }

    private boolean isInputWanted(SegmentForward call, int k, Tensor h) {
        return h.dtype().isDifferentiable()
                && (k == 0 ? call.needs(0) : ends.get(k - 1).wantsTarget());
    }

    /** Zero where the modules do not depend on an input: that is the target of the boundary in front of them. */
    private List<Tensor> inputGradients(
            SegmentForward call, Tape nested, int k, List<Tensor> h, List<Variable> inputs) {
        if (!isInputWanted(call, k, h.get(0))) {
            return List.of();
        }
        List<Tensor> all = new ArrayList<>();
        for (int i = 0; i < h.size(); i++) {
            Tensor gradient = nested.gradient(inputs.get(i));
            all.add(
                    gradient == null
                            ? call.scope().zeros(h.get(i).shape(), h.get(i).dtype(), MemoryKind.TEMPORARY)
                            : call.scope().share(gradient));
        }
        return all;
    }

    /** What learns when it is asked learns in the first run alone. */
    private List<Tensor> arriving(
            SegmentForward call, Trace trace, Boundary end, List<Tensor> h, @Nullable Tensor labels) {
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

    /** The boundary in front of a stretch, from the gradients of the stretch's inputs. */
    private void learn(
            SegmentForward call, Trace trace, int k, List<Tensor> h, @Nullable Tensor labels, List<Tensor> arrived) {
        PredictedBoundary boundary = (PredictedBoundary) ends.get(k - 1);
        List<Tensor> targets = Targets.without(ends.get(k).factor(), call, arrived);
        PredictedBoundary.Question question = new PredictedBoundary.Question(h, labels, call.share());
        rule.ofPredictor(boundary.number(), call.scope(), call.gradients(), gradients -> {
            boundary.train(call, trace, gradients, question, targets, predictions -> {});
            return boundary;
        });
        Targets.close(targets, arrived);
    }
}
