package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Pullback;
import org.backpropaganda.autograd.graph.Recorded;
import org.backpropaganda.autograd.graph.SavedTensor;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The way back through a chain of couplings.
 *
 * @param calls of the couplings, in order
 * @param saved the streams behind the last
 * @param sides side inputs
 * @param kept streams in front of some couplings, by their numbers
 */
record ReversiblePullback(
        ReversibleSegment segment,
        List<ReversibleSegment.Called> calls,
        Trace trace,
        List<SavedTensor> saved,
        List<SavedTensor> sides,
        Map<Integer, List<SavedTensor>> kept)
        implements Pullback {

    @Override
    public void backward(SegmentBackward call) {
        List<Stream> streams = restored(call);
        for (int i = 0; i < streams.size(); i++) {
            move(call, call.output(i), streams.get(i).gradient());
        }
        List<Stream> read = sides(call);
        Tensor volume = segment.countsVolume()
                ? call.output(streams.size() + read.size()).value()
                : null;
        List<Stream> inputs = walkBack(call, streams, read, volume);
        for (int i = 0; i < inputs.size(); i++) {
            Stream input = inputs.get(i);
            input.value().close();
            if (input.gradient() != null) {
                move(call, input.gradient(), call.input(i));
            }
        }
        close(read);
    }

    private List<Stream> restored(SegmentBackward call) {
        List<Stream> streams = new ArrayList<>();
        for (SavedTensor stream : saved) {
            Tensor value = call.restore(stream);
            streams.add(new Stream(value, call.slot(value)));
        }
        return streams;
    }

    private List<Stream> sides(SegmentBackward call) {
        List<Stream> read = new ArrayList<>();
        for (int i = 0; i < sides.size(); i++) {
            read.add(new Stream(
                    call.restore(sides.get(i)), call.input(segment.chain().streams() + i)));
        }
        return read;
    }

    private void close(List<Stream> read) {
        for (int i = 0; i < read.size(); i++) {
            if (!sides.get(i).isParameter()) {
                read.get(i).value().close();
            }
        }
    }

    /** Turns the streams behind the last coupling into those in front of the first, and their gradients, where any have come. */
    private List<Stream> walkBack(
            SegmentBackward call, List<Stream> behind, List<Stream> read, @Nullable Tensor volume) {
        CouplingChain chain = segment.chain();
        List<List<Parameter>> completing = chain.completing();
        Reconstruction reconstruction = new Reconstruction(call.site().path(), segment.anchors());
        reconstruction.begin(behind);
        List<Stream> streams = behind;
        for (int i = calls.size() - 1; i >= 0; i--) {
            streams = undo(call, i, streams, read, volume);
            List<SavedTensor> exact = kept.get(i);
            if (exact != null) {
                streams = reconstruction.compare(
                        i, streams, exact.stream().map(call::restore).toList());
            } else {
                reconstruction.undone();
            }
            call.complete(completing.get(i));
        }
        reconstruction.end(streams);
        return streams;
    }

    private List<Stream> undo(
            SegmentBackward call, int number, List<Stream> streams, List<Stream> read, @Nullable Tensor volume) {
        Coupling coupling = segment.chain().couplings().get(number);
        ReversibleSegment.Called called = calls.get(number);
        Map<String, Stream> named = new HashMap<>();
        for (int i = 0; i < streams.size(); i++) {
            named.put(coupling.streamsBehind().get(i), streams.get(i));
        }
        for (String side : coupling.sides()) {
            named.put(side, read.get(segment.chain().sides().indexOf(side)));
        }
        Map<Step, Tensor> lost = new HashMap<>();
        called.lost().forEach((step, bits) -> lost.put(step, call.restore(bits)));
        coupling.reverse(new ReverseStep(call, coupling, trace, called.site(), named, volume, lost));
        lost.values().forEach(Tensor::close);
        return coupling.streams().stream().map(named::get).toList();
    }

    /** Without gradients the way back gives the inputs alone, from which the couplings are computed by ops. */
    @Override
    public Recorded recompute(SegmentBackward call) {
        List<Stream> read = sides(call);
        List<Stream> inputs = walkBack(call, restored(call), read, null);
        return call.record(TapeSite.again(trace), tape -> {
            List<Variable> entered = new ArrayList<>();
            for (int i = 0; i < inputs.size(); i++) {
                entered.add(call.enter(tape, inputs.get(i).value(), call.input(i)));
                inputs.get(i).value().close();
            }
            read.forEach(side -> entered.add(call.enter(tape, side.value(), side.gradient())));
            close(read);
            if (segment.countsVolume()) {
                entered.add(LogDeterminants.zeros(entered.get(0)));
            }
            return segment.chain().forward(entered, segment.countsVolume());
        });
    }

    private static void move(SegmentBackward call, GradientSlot from, @Nullable GradientSlot to) {
        Tensor gradient = call.take(from);
        if (gradient == null) {
            return;
        }
        if (to == null) {
            gradient.close();
        } else {
            to.give(gradient);
        }
    }
}
