package org.backpropaganda.experiments.bench;

import java.util.Map;
import java.util.ServiceLoader;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.experiments.UserException;

/** Another library that the same models are written for. Found by {@link ServiceLoader}. */
public interface Peer {

    /** The library's name and version. */
    String name();

    /**
     * A model.
     *
     * @param channelsLast whether images lie in memory with their channels innermost
     * @param dtype of parameters and activations
     * @param weights by the names that this library gives them, or empty for weights of its own
     */
    Trainer open(Workload workload, boolean channelsLast, DType dtype, int threads, Map<String, Weight> weights);

    /** A parameter's values, row-major. */
    @SuppressWarnings("ArrayRecordComponent") // a carrier, never compared
    record Weight(long[] shape, double[] values) {}

    /** Whether one was built in. */
    static boolean isPresent() {
        return ServiceLoader.load(Peer.class).findFirst().isPresent();
    }

    /** The one that was built in. */
    static Peer find() {
        return ServiceLoader.load(Peer.class)
                .findFirst()
                .orElseThrow(() -> new UserException(
                        "no peer is built in: run ./backprop bench, or build with the" + " Maven profile libtorch"));
    }
}
