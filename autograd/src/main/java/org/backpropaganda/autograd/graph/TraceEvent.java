package org.backpropaganda.autograd.graph;

import java.util.List;
import java.util.stream.Collectors;
import org.backpropaganda.autograd.tensor.TensorSpec;

/**
 * One thing that a traced computation did: an op or a segment applied, a module called, results returned, a constant
 * made.
 *
 * @param what an op with its attributes, the checksum of a constant's bytes, or a kind
 * @param name how errors call it
 * @param inputs what it read
 * @param specs shapes and types of what came out of it
 */
record TraceEvent(Object what, String name, List<Origin> inputs, List<TensorSpec> specs) {

    private static final String ANY_VALUE = "any value";

    static TraceEvent op(Op op, List<Origin> inputs, TensorSpec output) {
        return new TraceEvent(op, op.name(), inputs, List.of(output));
    }

    static TraceEvent segment(String name, List<Origin> inputs, List<TensorSpec> outputs) {
        return new TraceEvent("segment", name, inputs, outputs);
    }

    static TraceEvent call(String child, List<Origin> arguments, List<TensorSpec> specs) {
        return new TraceEvent("call", "call of \"" + child + "\"", arguments, specs);
    }

    static TraceEvent begin(List<Origin> arguments, List<TensorSpec> specs) {
        return new TraceEvent("begin", "argument", arguments, specs);
    }

    boolean isBegin() {
        return what.equals("begin");
    }

    static TraceEvent end(List<Origin> results, List<TensorSpec> specs) {
        return new TraceEvent("end", "return", results, specs);
    }

    boolean isEnd() {
        return what.equals("end");
    }

    static TraceEvent constant(long checksum, TensorSpec spec) {
        return new TraceEvent(checksum, "constant", List.of(), List.of(spec));
    }

    /** A constant whose values may differ from those of the first run. */
    static TraceEvent constantOfAnyValue(TensorSpec spec) {
        return new TraceEvent(ANY_VALUE, "constant", List.of(), List.of(spec));
    }

    static TraceEvent state(TensorSpec spec) {
        return new TraceEvent("state", "state", List.of(), List.of(spec));
    }

    /** What differs in a replay, or an empty string. */
    String difference(TraceEvent replayed, boolean newerWeights) {
        if (!(what.equals(replayed.what) || replayed.what.equals(ANY_VALUE)) || !name.equals(replayed.name)) {
            return name.equals(replayed.name) && !(what instanceof Op)
                    ? name + " " + specs + " has other values now"
                    : "was " + this + ", is " + replayed + " now";
        }
        if (!specs.equals(replayed.specs) || inputs.size() != replayed.inputs.size()) {
            return "was " + this + ", is " + replayed + " now";
        }
        for (int i = 0; i < inputs.size(); i++) {
            if (!inputs.get(i).matches(replayed.inputs.get(i), newerWeights)) {
                return difference(i, inputs.get(i), replayed.inputs.get(i));
            }
        }
        return "";
    }

    private String difference(int number, Origin first, Origin now) {
        String input = name + ": " + (what.equals("end") ? "result " : "input ") + number;
        if (first instanceof Origin.Outside was && now instanceof Origin.Outside is && was.bytes() == is.bytes()) {
            return input + " " + is.spec() + " is at version " + is.version() + ", was at " + was.version()
                    + ": modified in place by " + is.lastWriter();
        }
        return input + " was " + first + ", is " + (first.toString().equals(now.toString()) ? "another " : "") + now
                + " now";
    }

    @Override
    public String toString() {
        String attributes = what instanceof Op ? what.toString() : name;
        return attributes + inputs.stream().map(Origin::toString).collect(Collectors.joining(", ", " of (", ")"))
                + " → " + specs;
    }
}
