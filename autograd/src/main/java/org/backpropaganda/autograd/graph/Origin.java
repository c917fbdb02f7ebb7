package org.backpropaganda.autograd.graph;

import org.backpropaganda.autograd.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Where a value that a traced computation reads comes from. */
sealed interface Origin {

    /** Whether a replay that reads {@code other} reads the same. */
    boolean matches(Origin other, boolean newerWeights);

    /**
     * Made by the computation itself, or given to it.
     *
     * @param call key of the module call
     * @param step number of the event within the call; -1 for an input of the whole computation
     * @param number which of its results
     * @param maker what errors call the event
     */
    record Made(long call, int step, int number, String maker) implements Origin {
        @Override
        public boolean matches(Origin other, boolean newerWeights) {
            return equals(other);
        }

        @Override
        public String toString() {
            String what = number == 0 ? maker : maker + " [" + number + "]";
            return step < 0 ? what : what + " (step " + step + ")";
        }
    }

    /** A tensor from outside, a parameter or a constant: its bytes, and how often they had been written. */
    record Outside(
            Object bytes,
            int version,
            String spec,
            @Nullable String lastWriter) implements Origin {
        static Outside of(Tensor tensor) {
            return new Outside(
                    tensor.identity(), tensor.version(), tensor.spec().toString(), tensor.lastWriter());
        }

        @Override
        public boolean matches(Origin other, boolean newerWeights) {
            return other instanceof Outside outside
                    && outside.bytes == bytes
                    && (newerWeights || outside.version == version);
        }

        @Override
        public String toString() {
            return spec + " from outside";
        }
    }
}
