package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.backpropaganda.autograd.kernel.HostLoop;
import org.backpropaganda.autograd.tensor.Tensor;

/** Watches the way back through one sequence: compares streams with kept ones, and refuses a reconstruction that overflowed. */
final class Reconstruction {
    private final String path;
    private final Anchors anchors;
    private boolean wasFinite;
    private int undone;

    Reconstruction(String path, Anchors anchors) {
        this.path = path;
        this.anchors = anchors;
    }

    /** The streams behind the last coupling. */
    void begin(List<Stream> streams) {
        wasFinite = areFinite(streams);
    }

    /** A coupling was undone whose inputs were not kept. */
    void undone() {
        undone++;
    }

    /**
     * A coupling was undone whose inputs were kept.
     *
     * @param kept to be closed by this, or by whoever closes the result
     * @return the streams to go on from: the kept ones at an anchor
     */
    List<Stream> compare(int coupling, List<Stream> streams, List<Tensor> kept) {
        undone++;
        if (anchors.monitor() != null) {
            double error = 0;
            for (int i = 0; i < kept.size(); i++) {
                error = worse(error, relativeError(streams.get(i).value(), kept.get(i)));
            }
            anchors.monitor().reconstructed(new DriftMonitor.Drift(path, coupling, undone, error));
        }
        if (!anchors.positions().contains(coupling)) {
            kept.forEach(Tensor::close);
            return streams;
        }
        requireFinite(streams);
        undone = 0;
        List<Stream> exact = new ArrayList<>();
        for (int i = 0; i < kept.size(); i++) {
            streams.get(i).value().close();
            exact.add(new Stream(kept.get(i), streams.get(i).gradient()));
        }
        return exact;
    }

    /** The streams in front of the first coupling. */
    void end(List<Stream> streams) {
        requireFinite(streams);
    }

    /** Finite outputs come from finite inputs: anything else is the reconstruction's fault. */
    private void requireFinite(List<Stream> streams) {
        if (wasFinite && !areFinite(streams)) {
            throw new ArithmeticException("reversible" + (path.isEmpty() ? "" : " in " + path) + ": streams that "
                    + undone + " couplings were undone of overflowed, so no gradient of them is right; keep streams on"
                    + " the way (ReversibleSequence.builder(…).anchorEvery), or use couplings that drift less");
        }
    }

    private static boolean areFinite(List<Stream> streams) {
        return streams.stream().allMatch(stream -> isFinite(stream.value()));
    }

    private static boolean isFinite(Tensor tensor) {
        if (!tensor.hasValues()) {
            return true;
        }
        AtomicBoolean finite = new AtomicBoolean(true);
        HostLoop.run(
                0,
                (x, from, count) -> {
                    float largest = 0;
                    for (int i = 0; i < count; i++) {
                        largest = Math.max(largest, Math.abs(x[0][i]));
                    }
                    if (!(largest <= Float.MAX_VALUE)) {
                        finite.set(false);
                    }
                },
                (x, from, count) -> {
                    double largest = 0;
                    for (int i = 0; i < count; i++) {
                        largest = Math.max(largest, Math.abs(x[0][i]));
                    }
                    if (!(largest <= Double.MAX_VALUE)) {
                        finite.set(false);
                    }
                },
                tensor);
        return finite.get();
    }

    private static double worse(double one, double other) {
        return Double.isNaN(one) || Double.isNaN(other) ? Double.NaN : Math.max(one, other);
    }

    private static double relativeError(Tensor reconstructed, Tensor kept) {
        if (!kept.hasValues()) {
            return 0;
        }
        double[] values = kept.toDoubles();
        double[] found = reconstructed.toDoubles();
        double largest = 0;
        double error = 0;
        for (int i = 0; i < values.length; i++) {
            largest = Math.max(largest, Math.abs(values[i]));
            error = worse(error, Math.abs(found[i] - values[i]));
        }
        return largest == 0 ? error : error / largest;
    }
}
