package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Identity;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * Undoes an update, evaluating its function once, under the keys of the first run: the value that the stream is had back with
 * is the value that is differentiated.
 */
record UpdateReversal(ReverseStep step, Update update, Combine combine) {

    void run() {
        Stream result = step.stream(update.target());
        boolean differentiates = result.slope() != null || step.volumeSlope() != null;
        step.again(differentiates ? TapeMode.RECORDING : TapeMode.SILENT, replay -> {
            List<Variable> values = values(replay, result.value().spec());
            if (combine instanceof AdditiveCombine additive) {
                subtract(additive, result.value(), values.get(0).value());
                differentiateSum(replay, result.slope(), values.get(0));
            } else {
                undo(replay, result, values, differentiates);
            }
        });
    }

    private List<Variable> values(Tape replay, TensorSpec target) {
        return update.values(
                step.coupling(),
                target,
                update.sources().stream().map(name -> source(replay, name)).toList());
    }

    /** What forward held has a gradient of its own, which the storing model adds up before it passes it on. */
    private Variable source(Tape replay, String name) {
        Variable entered = step.enter(replay, name);
        return combine.isExact() ? Identity.hold(entered) : entered;
    }

    /** In the stream's own bytes, where nobody else holds them. */
    private void subtract(AdditiveCombine additive, Tensor stream, Tensor value) {
        if (stream.isExclusive()) {
            additive.takeAway(stream, value, stream);
            stream.written("reversible reconstruction");
            return;
        }
        Tensor fresh = step.scope().allocate(stream.shape(), stream.dtype());
        additive.takeAway(stream, value, fresh);
        step.exchange(update.target(), step.lease(fresh));
        fresh.close();
    }

    /** The gradient of a sum is the gradient of what was added. */
    private static void differentiateSum(Tape replay, @Nullable Tensor slope, Variable value) {
        Backward backward = new Backward();
        backward.from(value, slope);
        value.release();
        backward.run(replay);
    }

    private void undo(Tape replay, Stream result, List<Variable> values, boolean differentiates) {
        Tensor before = step.alone(tape -> List.of(before(tape, result.value(), values)))
                .get(0);
        if (!differentiates) {
            step.exchange(update.target(), before);
            return;
        }
        Stream undone = step.begin(before, null);
        List<Stream> of = values.stream()
                .map(value ->
                        value.requiresGradient() ? step.begin(value.value(), null) : new Stream(value.value(), null))
                .toList();
        step.inCall(TapeMode.RECORDING, tape -> differentiate(tape, undone, of, result.slope()));
        step.replace(List.of(update.target()), List.of(update.target()), List.of(undone));
        differentiateValues(replay, values, of);
    }

    private Variable before(Tape tape, Tensor result, List<Variable> values) {
        Variable entered = step.enter(tape, result);
        List<Variable> of =
                values.stream().map(value -> step.enter(tape, value.value())).toList();
        Tensor lost = step.lost(update);
        return combine instanceof KeepingCombine keeping && lost != null
                ? keeping.inverse(entered, of, lost)
                : combine.inverse(entered, of);
    }

    /** Differentiates the combine at what was had back. */
    private void differentiate(Tape tape, Stream target, List<Stream> values, @Nullable Tensor slope) {
        Variable entered = step.enter(tape, target);
        List<Variable> of =
                values.stream().map(value -> step.enter(tape, value)).toList();
        Backward backward = new Backward();
        if (slope != null) {
            backward.from(combine.forward(entered, of), slope);
        }
        if (step.volumeSlope() != null) {
            backward.from(combine.logDeterminant(entered, of), step.volumeSlope());
        }
        backward.run(tape);
    }

    private void differentiateValues(Tape replay, List<Variable> values, List<Stream> of) {
        Backward backward = new Backward();
        List<Tensor> slopes = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            Tensor slope = step.takeSlope(of.get(i));
            if (slope != null) {
                backward.from(values.get(i), slope);
                slopes.add(slope);
            }
        }
        backward.run(replay);
        slopes.forEach(Tensor::close);
    }
}
