package org.backpropaganda.reversible;

import java.util.List;
import org.backpropaganda.autograd.graph.CallSite;
import org.backpropaganda.autograd.graph.GradientSlot;
import org.backpropaganda.autograd.graph.SegmentBackward;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.TapeSite;
import org.backpropaganda.autograd.graph.Trace;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.kernel.BinaryKernel;
import org.backpropaganda.autograd.kernel.Kernels;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;

/** The two streams and their gradients at one coupling of a backward pass, and the moves that a coupling is made of. */
public final class ReverseStep {
    private final SegmentBackward call;
    private final Coupling coupling;
    private final Trace trace;
    private final CallSite site;
    private final Tensor[] streams;
    private final GradientSlot[] gradients;

    ReverseStep(
            SegmentBackward call,
            Coupling coupling,
            Trace trace,
            CallSite site,
            Tensor[] streams,
            GradientSlot[] gradients) {
        this.call = call;
        this.coupling = coupling;
        this.trace = trace;
        this.site = site;
        this.streams = streams;
        this.gradients = gradients;
    }

    /**
     * Undoes {@code stream[target] += function(stream[source])}: evaluates the function once, under the keys of the first
     * run, subtracts its value from the target, and adds the source's share of the target's gradient: none where the value
     * needs no gradient.
     */
    public void subtract(int target, Module function, int source) {
        Tensor gradient = gradients[target].value();
        TapeMode mode = gradient == null ? TapeMode.SILENT : TapeMode.RECORDING;
        try (Tape replay = call.tape(TapeSite.again(trace, site), mode)) {
            replay.within(coupling, () -> {
                Variable entered = call.enter(replay, streams[source], gradients[source]);
                Variable value = coupling.branch(function, entered, streams[target].spec());
                reconstruct(target, value.value());
                value.release();
                if (gradient != null && value.requiresGradient()) {
                    replay.backward(List.of(value), List.of(gradient));
                }
            });
        }
    }

    private void reconstruct(int target, Tensor value) {
        Tensor stream = streams[target];
        if (stream.isExclusive()) {
            Kernels.of(stream).binary().apply(BinaryKernel.Function.SUBTRACT, stream, value, stream);
            stream.written("reversible reconstruction");
            return;
        }
        Tensor fresh = call.scope().allocate(stream.shape(), stream.dtype());
        Kernels.of(stream).binary().apply(BinaryKernel.Function.SUBTRACT, stream, value, fresh);
        streams[target] = call.lease(fresh);
        fresh.close();
        stream.close();
    }
}
