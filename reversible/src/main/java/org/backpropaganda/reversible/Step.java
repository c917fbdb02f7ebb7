package org.backpropaganda.reversible;

import java.util.List;
import java.util.function.UnaryOperator;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.jspecify.annotations.Nullable;

/**
 * One invertible step of a {@link Coupling}: an {@link Update} of a stream, a {@link Move} of streams, a
 * {@link Bijection} of one's own, or a projection of streams when they enter.
 */
public abstract sealed class Step permits Update, Move, BijectionStep, Projection {

    Step() {}

    /** All of some streams changed by a bijection, which is called with them in this order. */
    public static Step of(Bijection bijection, String... streams) {
        return new BijectionStep(bijection, List.of(streams), List.of());
    }

    /**
     * Some streams changed by a bijection that reads others.
     *
     * @param sources streams and side inputs, with which it is called behind those that it changes
     */
    public static Step of(Bijection bijection, List<String> streams, List<String> sources) {
        return new BijectionStep(bijection, streams, sources);
    }

    /**
     * Streams brought, when they enter, to where the steps that follow need them, as onto the grid of fixed point. The way back
     * gives the projected streams, and takes the gradient as if nothing had been done to them.
     *
     * @param projection an op that changes nothing of what it gave, and whose gradient is the identity
     */
    public static Step project(UnaryOperator<Variable> projection, String... streams) {
        return new Projection(projection, List.of(streams));
    }

    /**
     * The names of the streams behind it, in order.
     *
     * @param streams in front of it
     * @throws IllegalArgumentException if the step does not fit them
     */
    abstract List<String> after(List<String> streams);

    /** The names of what it reads and leaves as it is: streams and side inputs. */
    abstract List<String> sources();

    /** What it computes with, or null. */
    abstract @Nullable Module function();

    /** The name that the function is to be registered under; empty for the next letter. */
    abstract String functionName();

    /** Computes by ops. */
    abstract void forward(Walk walk);

    /** Undoes by ops. */
    abstract void inverse(Walk walk);

    /** Undoes on tensors, and takes gradients back with them. */
    abstract void reverse(ReverseStep step);

    /** How many bits of each element of the stream that it changes forward loses, which a {@link ReversibleSequence} keeps. */
    public int bitsPerElement() {
        return 0;
    }

    /** Whether streams are had back to the bit, with what is kept. */
    boolean isExact() {
        return true;
    }

    final IllegalArgumentException misfit(String why) {
        return new IllegalArgumentException("coupling: " + this + ": " + why);
    }

    final void requireStream(List<String> streams, String name) {
        if (!streams.contains(name)) {
            throw misfit("there is no stream " + name + " among " + streams + "; name one of those");
        }
    }
}
