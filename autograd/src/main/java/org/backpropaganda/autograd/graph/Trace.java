package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/**
 * What the first run of a segment did, for its replays to be compared with: every op with its attributes, shapes and
 * types, where each of its inputs came from, the results in their order, and for every parameter and constant from
 * outside which tensor it was and at which version. A replay that differs is refused; the message names the module path,
 * the step and what differs.
 *
 * <p>Values are compared where a {@link ReplayCheck} asks for it. Always compared are those of constants that the computation
 * makes for itself, which would carry state of a module past the comparison. State goes through {@link Tape#state}.
 *
 * <p>Events are kept by module call, so that parts of the computation can be replayed alone and in any order.
 */
public final class Trace {
    /** A state as the first run saw it. */
    private record State(Tensor tensor, int version) {}

    /** What all forms of one trace share. */
    private static final class Content {
        private final @Nullable Trace around;
        private final @Nullable ReplayCheck check;
        private final TraceValues values = new TraceValues();
        private final Map<Long, List<TraceEvent>> calls = new HashMap<>();
        private final List<Integer> inputs = new ArrayList<>();
        private final List<Origin> results = new ArrayList<>();
        private final List<TensorSpec> resultSpecs = new ArrayList<>();
        private final Map<Origin, State> states = new HashMap<>();
        private final Map<Long, Integer> ops = new HashMap<>();

        Content(@Nullable Trace around, @Nullable ReplayCheck check) {
            this.around = around;
            this.check = check;
        }
    }

    private final String segment;
    private final CallSite site;
    private final TensorScope leases;
    private final Content content;
    private final boolean newerWeights;
    private final boolean rounded;

    /**
     * An empty trace.
     *
     * @param around that of the first run which the computation is a replay of, if it is one: a replay may leave calls out
     *     that its own replay makes
     * @param check compares replays by value, if that is asked for
     */
    Trace(String segment, CallSite site, TensorScope leases, @Nullable Trace around, @Nullable ReplayCheck check) {
        this(segment, site, leases, new Content(around, check), false, false);
    }

    private Trace(
            String segment, CallSite site, TensorScope leases, Content content, boolean newerWeights, boolean rounded) {
        this.segment = segment;
        this.site = site;
        this.leases = leases;
        this.content = content;
        this.newerWeights = newerWeights;
        this.rounded = rounded;
    }

    /**
     * The same trace for a replay that reads weights as they are, whatever happened to them since. For methods whose
     * gradients are stale on purpose; all others are refused when a weight was modified in between.
     */
    public Trace withNewerWeights() {
        return new Trace(segment, site, leases, content, true, rounded);
    }

    /**
     * The same trace for a replay that starts from reconstructed values, which differ from the first run's by rounding:
     * constants that are computed from them may differ too.
     */
    public Trace withRounding() {
        return new Trace(segment, site, leases, content, newerWeights, true);
    }

    /** Where the computation stood. */
    public CallSite site() {
        return site;
    }

    boolean newerWeights() {
        return newerWeights;
    }

    boolean rounded() {
        return rounded;
    }

    @Nullable
    ReplayCheck check() {
        return content.check;
    }

    /** Whether a replay has the values of the first run. */
    private boolean comparesValues() {
        return !rounded && !newerWeights;
    }

    void addInputValues(int number, long checksum) {
        content.values.putInput(number, checksum);
    }

    /** The checksum of an input, or {@link Checksum#NONE} where it cannot be compared. */
    long inputValues(int number) {
        return comparesValues() ? content.values.input(number) : Checksum.NONE;
    }

    void addValues(Origin.Made place, long checksum) {
        content.values.put(place, checksum);
    }

    /** The checksum of what an event gave, or {@link Checksum#NONE} where it cannot be compared. */
    long values(Origin.Made place) {
        if (!comparesValues()) {
            return Checksum.NONE;
        }
        Trace around = content.around;
        return around == null || content.calls.containsKey(place.call())
                ? content.values.of(place)
                : around.values(place);
    }

    /** How errors call the replay of what runs at {@code path}. */
    String describe(String path) {
        return segment + " replay" + (path.isEmpty() ? "" : " in " + path);
    }

    void add(long call, TraceEvent event) {
        content.calls.computeIfAbsent(call, key -> new ArrayList<>()).add(event);
    }

    List<TraceEvent> events(long call) {
        List<TraceEvent> events = content.calls.get(call);
        if (events != null) {
            return events;
        }
        return content.around == null ? List.of() : content.around.events(call);
    }

    /** For every input that was entered, the number of the first one over the same bytes. */
    List<Integer> inputs() {
        return content.inputs;
    }

    /**
     * A call that the computation made ended with an op whose result is all that it returned.
     *
     * @param ops how many were applied in it
     */
    void endsWithOp(long call, int ops) {
        content.ops.put(call, ops);
    }

    /** The number of ops in a call that ended with one whose result is all that it returned; 0 for any other. */
    int opsToTheLast(long call) {
        return content.ops.getOrDefault(call, 0);
    }

    void addResult(Origin origin, TensorSpec spec) {
        content.results.add(origin);
        content.resultSpecs.add(spec);
    }

    TraceEvent result() {
        return TraceEvent.end(List.copyOf(content.results), List.copyOf(content.resultSpecs));
    }

    /** Keeps a state as it is now. */
    void keep(Origin place, Tensor state) {
        content.states.put(place, new State(leases.share(state), state.version()));
    }

    Tensor kept(Origin place, String path) {
        State state = content.states.get(place);
        if (state != null) {
            Kept.checkVersion(describe(path) + ": state", state.tensor(), state.version());
            return state.tensor();
        }
        if (content.around == null) {
            throw new IllegalStateException(segment + ": no state was kept");
        }
        return content.around.kept(place, path);
    }

    /** Lets go of states. */
    void release() {
        for (State state : content.states.values()) {
            if (!state.tensor().isClosed()) {
                state.tensor().close();
            }
        }
        content.states.clear();
    }
}
