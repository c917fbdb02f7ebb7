package org.backpropaganda.experiments.peak;

import java.util.ArrayList;
import java.util.List;
import org.backpropaganda.autograd.tensor.AllocationWatcher.Phase;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** A block of bytes in a {@link StepLog}: what it is, who made it, and who has saved it for backward. */
public final class LoggedBlock {
    private final int number;
    private final TensorSpec spec;
    private final @Nullable LoggedCall maker;
    private final List<String> readers = new ArrayList<>();
    private final List<String> codecs = new ArrayList<>();

    LoggedBlock(int number, TensorSpec spec, @Nullable LoggedCall maker) {
        this.number = number;
        this.spec = spec;
        this.maker = maker;
    }

    /** Its number among the blocks of the step, from 0. */
    public int number() {
        return number;
    }

    /** Shape and element type of the first tensor over it. */
    public TensorSpec spec() {
        return spec;
    }

    /** Payload bytes. */
    public long bytes() {
        return spec.bytes();
    }

    /** The op or segment that allocated it; null for what was there before the step, and what no op made. */
    public @Nullable LoggedCall maker() {
        return maker;
    }

    /** The name of what made it; empty for what was there before the step, and what no op made. */
    public String op() {
        return maker == null ? "" : maker.name();
    }

    /** What it is to those that saved it as it is, in the words of {@link #words}, in the order of saving. */
    public List<String> readers() {
        return List.copyOf(readers);
    }

    /** The names of the codecs that packed its tensor, or, of what a codec allocated, of that codec. */
    List<String> codecs() {
        return codecs;
    }

    boolean isGradient() {
        return maker != null && maker.phase() == Phase.BACKWARD;
    }

    void saved(String reader) {
        if (!readers.contains(reader)) {
            readers.add(reader);
        }
    }

    void packedBy(String codec) {
        if (!codecs.contains(codec)) {
            codecs.add(codec);
        }
    }

    /** What a saved tensor is to its reader: {@code "inputs of conv2d"}. */
    static String words(String reader, String label) {
        if (label.startsWith("input")) {
            return "inputs of " + reader;
        }
        return label.equals("output") ? "outputs of " + reader : label + " of " + reader;
    }
}
