package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.jspecify.annotations.Nullable;

/** The way back through the steps of one coupling: streams turn from outputs into inputs, and gradients with them. */
final class ReverseStep {
    private final SegmentBackward call;
    private final Coupling coupling;
    private final Trace trace;
    private final CallSite site;
    private final Map<String, Stream> streams;
    private final @Nullable Tensor volumeSlope;
    private final Map<Step, Tensor> lost;

    /**
     * A coupling to be reversed.
     *
     * @param site where it was called
     * @param streams by name, side inputs among them; changed on the way
     * @param volumeSlope the gradient of the log-determinant, or null
     * @param lost what forward lost, by step
     */
    ReverseStep(
            SegmentBackward call,
            Coupling coupling,
            Trace trace,
            CallSite site,
            Map<String, Stream> streams,
            @Nullable Tensor volumeSlope,
            Map<Step, Tensor> lost) {
        this.call = call;
        this.coupling = coupling;
        this.trace = trace;
        this.site = site;
        this.streams = streams;
        this.volumeSlope = volumeSlope;
        this.lost = lost;
    }

    Coupling coupling() {
        return coupling;
    }

    Stream stream(String name) {
        Stream stream = streams.get(name);
        if (stream == null) {
            throw new IllegalStateException(coupling.describe() + ": no stream " + name);
        }
        return stream;
    }

    /** Puts another value in the place of a stream's, which ends; the gradient stays. */
    void exchange(String name, Tensor value) {
        Stream stream = stream(name);
        streams.put(name, new Stream(value, stream.gradient()));
        stream.value().close();
    }

    /** Takes streams away, with what has come of their gradients, and puts others in their place. */
    void replace(List<String> from, List<String> to, List<Stream> by) {
        for (String name : from) {
            Stream stream = stream(name);
            streams.remove(name);
            stream.value().close();
            Tensor slope = takeSlope(stream);
            if (slope != null) {
                slope.close();
            }
        }
        for (int i = 0; i < to.size(); i++) {
            streams.put(to.get(i), by.get(i));
        }
    }

    /** Gives streams other names: the one of {@code from} goes on as the one of {@code to}. */
    void rename(List<String> from, List<String> to) {
        List<Stream> renamed = from.stream().map(this::stream).toList();
        from.forEach(streams::remove);
        for (int i = 0; i < to.size(); i++) {
            streams.put(to.get(i), renamed.get(i));
        }
    }

    /** A stream that begins here, with the gradient that has come for it, if any. */
    Stream begin(Tensor value, @Nullable Tensor slope) {
        GradientSlot slot = call.slot(value);
        if (slope != null) {
            slot.give(slope);
        }
        return new Stream(value, slot);
    }

    /** A stream or side input on a tape, where its gradient gathers. */
    Variable enter(Tape tape, String name) {
        Stream stream = stream(name);
        return call.enter(tape, stream.value(), stream.gradient());
    }

    /** A value on a tape that needs no gradient there. */
    Variable enter(Tape tape, Tensor value) {
        return call.enter(tape, value, (GradientSlot) null);
    }

    /** A value on a tape, where its gradient gathers. */
    Variable enter(Tape tape, Stream stream) {
        return call.enter(tape, stream.value(), stream.gradient());
    }

    /** Makes calls of the coupling again, which are compared with the first run. */
    void again(TapeMode mode, Consumer<Tape> body) {
        try (Tape replay = call.tape(TapeSite.again(trace, site), mode)) {
            replay.within(coupling, () -> body.accept(replay));
        }
    }

    /** Computes by ops of the coupling's own call, under its key, that nothing is compared with. */
    void inCall(TapeMode mode, Consumer<Tape> body) {
        aside(mode, tape -> tape.within(coupling, () -> body.accept(tape)));
    }

    /** Computes by ops that nothing is compared with. */
    void aside(TapeMode mode, Consumer<Tape> body) {
        try (Tape tape = call.tape(TapeSite.again(site), mode)) {
            body.accept(tape);
        }
    }

    /** Computes by ops of the coupling's own call that nothing is compared with, and keeps the results. */
    List<Tensor> alone(Function<Tape, List<Variable>> body) {
        List<Tensor> kept = new ArrayList<>();
        inCall(TapeMode.SILENT, tape -> kept.addAll(keep(body.apply(tape))));
        return kept;
    }

    /** Values that outlive their tape. */
    List<Tensor> keep(List<Variable> results) {
        return results.stream().map(result -> call.lease(result.value())).toList();
    }

    /** Gradients that outlive their tape. */
    List<Tensor> share(List<Variable> results) {
        return results.stream()
                .map(result -> call.scope().share(result.value()))
                .toList();
    }

    /** What forward of a step lost, or null. */
    @Nullable
    Tensor lost(Step step) {
        return lost.get(step);
    }

    /** The gradient of the log-determinant, or null. */
    @Nullable
    Tensor volumeSlope() {
        return volumeSlope;
    }

    /** Where tensors of the way back go. */
    TensorScope scope() {
        return call.scope();
    }

    /** Another tensor over the same bytes that counts as an activation. */
    Tensor lease(Tensor tensor) {
        return call.lease(tensor);
    }

    /** Removes what has come of a gradient; the caller closes it. */
    @Nullable
    Tensor takeSlope(Stream stream) {
        return stream.gradient() == null ? null : call.take(stream.gradient());
    }
}
