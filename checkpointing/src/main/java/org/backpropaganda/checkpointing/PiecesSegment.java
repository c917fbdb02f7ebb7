package org.backpropaganda.checkpointing;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.Segment;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.SegmentCall;
import org.backpropaganda.autograd.graph.SegmentForward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.ShapeException;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * Computes piece by piece, keeps the inputs alone, and differentiates piece by piece: what a piece needs for its backward is
 * there while that piece is differentiated. Each piece has a random key of its own, which its replay has too.
 *
 * <p>Source: Kitaev et al. 2020, "Reformer: The Efficient Transformer", § 3, chunks.
 *
 * @param parts what computes each piece, as many as there are pieces
 * @param cuts the pieces
 * @param parameters that they train
 */
record PiecesSegment(List<Piece> parts, Cuts cuts, List<Parameter> parameters) implements Segment {

    @Override
    public String name() {
        return "pieces";
    }

    @Override
    public Result forward(SegmentForward call) {
        List<SavedTensor> saved = new ArrayList<>();
        if (call.isRecorded()) {
            for (int i = 0; i < call.inputs(); i++) {
                saved.add(call.saveInput(i));
            }
        }
        Trace trace = call.trace();
        List<Tensor> results = new ArrayList<>();
        for (int piece = 0; piece < parts.size(); piece++) {
            try (Tape silent = call.tape(TapeSite.aside(trace, site(call, piece)), TapeMode.SILENT)) {
                List<Variable> inputs = new ArrayList<>();
                for (int i = 0; i < call.inputs(); i++) {
                    inputs.add(call.enter(silent, i));
                }
                place(call, piece, parts.get(piece).call(inputs), results);
            }
        }
        return new Result(results, new Replay(this, saved, trace));
    }

    /** Where a piece is computed: its key is none that a call of the whole has. */
    private static CallSite site(SegmentCall call, int piece) {
        return call.siteAfter(Map.of("", piece + 1));
    }

    /** Writes what a piece gives where it belongs; the first tells what there is. */
    private void place(SegmentForward call, int piece, List<Variable> outputs, List<Tensor> results) {
        if (piece > 0 && outputs.size() != results.size()) {
            throw new ShapeException("pieces: piece " + piece + " gives " + outputs.size() + " results, piece 0 gave "
                    + results.size() + "; what runs in pieces gives as many for each");
        }
        for (int i = 0; i < outputs.size(); i++) {
            Tensor part = outputs.get(i).value();
            check(i, piece, part);
            if (piece == 0) {
                Shape whole = part.shape().with(cuts.axis(), cuts.size());
                results.add(call.scope().allocate(whole, part.dtype()));
            }
            Tensor whole = results.get(i);
            if (part.dtype() != whole.dtype()
                    || !part.shape().equals(whole.shape().with(cuts.axis(), cuts.length(piece)))) {
                throw new ShapeException("pieces: result " + i + " of piece " + piece + " is " + part.spec()
                        + ", which is no piece of " + whole.spec() + "; what runs in pieces gives all of one shape");
            }
            cuts.place(part, piece, whole);
        }
    }

    private void check(int number, int piece, Tensor part) {
        int axis = cuts.axis();
        if (!part.dtype().isDifferentiable()
                || part.shape().rank() <= axis
                || part.shape().dim(axis) != cuts.length(piece)) {
            throw new ShapeException("pieces: result " + number + " of a piece of " + cuts.length(piece)
                    + " along axis " + axis + " is " + part.spec()
                    + "; what runs in pieces gives numbers with that axis, as long as it was");
        }
    }

    /** Computes each piece again from the inputs, and differentiates it. */
    private record Replay(PiecesSegment segment, List<SavedTensor> saved, Trace trace) implements Pullback {

        @Override
        public void backward(SegmentBackward call) {
            List<Tensor> inputs = saved.stream().map(call::restore).toList();
            for (int piece = 0; piece < segment.parts.size(); piece++) {
                backward(call, piece, inputs);
            }
            for (int i = 0; i < inputs.size(); i++) {
                if (!saved.get(i).isParameter()) {
                    inputs.get(i).close();
                }
            }
        }

        private void backward(SegmentBackward call, int piece, List<Tensor> inputs) {
            TapeSite again = TapeSite.again(trace, site(call, piece));
            try (Tape replay = call.tape(again, TapeMode.RECORDING)) {
                List<Variable> entered = new ArrayList<>();
                for (int i = 0; i < inputs.size(); i++) {
                    entered.add(call.enter(replay, inputs.get(i), call.input(i)));
                }
                List<Variable> results =
                        call.untilSaved(replay, () -> segment.parts.get(piece).call(entered));
                Liveness.letGo(entered, List.of(), List.of());
                Liveness.letGo(results, List.of(), List.of());
                for (int i = 0; i < results.size(); i++) {
                    Tensor whole = call.output(i).value();
                    if (whole != null) {
                        Tensor part = segment.cuts.cut(whole, piece, call.scope());
                        GradientSlot slot = call.slot(part);
                        slot.give(part);
                        call.pass(slot, results.get(i));
                    }
                }
                call.reverse(replay, SegmentBackward.recorded(replay), 0);
            }
        }
    }
}
