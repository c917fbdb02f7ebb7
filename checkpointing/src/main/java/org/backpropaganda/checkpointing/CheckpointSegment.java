package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.Recorded;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Keeps the inputs of a function and computes it again when its gradient is wanted. The replay draws the same random
 * numbers, has no effects, and adds its gradients in the order of a plain tape: at a fixed thread count every bit is
 * that of plain backpropagation.
 *
 * <p>Source: Chen et al. 2016, "Training Deep Nets with Sublinear Memory Cost", § 3.
 *
 * @param front the function, or what goes in front of {@code last}
 * @param last one call of a module that the function ends with: a replay whose results nobody reads ends in it when all is saved
 *     that backward needs; the identity where the function does not end so
 * @param parameters that they train
 */
record CheckpointSegment(
        UnaryOperator<List<Variable>> front, UnaryOperator<List<Variable>> last, List<Parameter> parameters)
        implements Segment {

    @Override
    public String name() {
        return "checkpoint";
    }

    @Override
    public Result forward(SegmentForward call) {
        List<SavedTensor> saved = new ArrayList<>();
        if (call.isRecorded()) {
            for (int i = 0; i < call.inputs(); i++) {
                saved.add(call.saveInput(i));
            }
        }
        List<Tensor> results = new ArrayList<>();
        Trace trace = call.trace();
        try (Tape silent = call.tape(TapeSite.here(trace), TapeMode.SILENT)) {
            List<Variable> inputs = new ArrayList<>();
            for (int i = 0; i < call.inputs(); i++) {
                inputs.add(call.enter(silent, i));
            }
            List<Variable> between = front.apply(inputs);
            List<Variable> left = last.apply(between);
            Liveness.letGo(between, inputs, left);
            left.forEach(result -> results.add(call.leave(result)));
        }
        return new Result(results, new Replay(front, last, saved, trace));
    }

    /** Computes the function again from its inputs. */
    private record Replay(
            UnaryOperator<List<Variable>> front,
            UnaryOperator<List<Variable>> last,
            List<SavedTensor> saved,
            Trace trace)
            implements Pullback {
        @Override
        public void backward(SegmentBackward call) {
            call.backward(recompute(call, false));
        }

        @Override
        public Recorded recompute(SegmentBackward call) {
            return recompute(call, true);
        }

        /**
         * Records the function.
         *
         * @param read whether anybody reads what it gives; if not, it ends when all is saved that its backward needs
         */
        private Recorded recompute(SegmentBackward call, boolean read) {
            return call.record(TapeSite.again(trace), replay -> {
                List<Variable> inputs = new ArrayList<>();
                for (int i = 0; i < saved.size(); i++) {
                    inputs.add(call.enter(replay, saved.get(i), call.input(i)));
                }
                List<Variable> between = front.apply(inputs);
                List<Variable> results =
                        read ? last.apply(between) : call.untilSaved(replay, () -> last.apply(between));
                Liveness.letGo(between, List.of(), results);
                Liveness.letGo(inputs, List.of(), results);
                return results;
            });
        }
    }
}
