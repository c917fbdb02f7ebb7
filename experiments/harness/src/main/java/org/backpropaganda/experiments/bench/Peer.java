package org.backpropaganda.experiments.bench;

import java.util.Arrays;
import java.util.Locale;
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
     * @param form how the model is written
     * @param dtype of parameters and activations
     * @param weights by the names that this library gives them, or empty for weights of its own
     */
    Trainer open(Workload workload, Form form, DType dtype, int threads, Map<String, Weight> weights);

    /** How a model is written in the other library, where there is a choice that users make. */
    enum Form {
        /** Channels outside of an image's pixels. */
        NCHW,
        /** Channels innermost. */
        NHWC,
        /** The library's own function for attention. */
        FUSED,
        /** Attention in products and a softmax. */
        NAIVE;

        static Form parse(String text) {
            return Arrays.stream(values())
                    .filter(form -> form.toString().equals(text))
                    .findFirst()
                    .orElseThrow(() -> new UserException("unknown form of the peer '" + text + "'"));
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

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
