package org.backpropaganda.autograd.graph;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;
import org.jspecify.annotations.Nullable;

/** Follows a computation from event to event: writes a trace, or compares with one. */
abstract class Follower {
    private Trace trace;
    private final TensorScope home;
    private final IdentityHashMap<Object, Origin> made = new IdentityHashMap<>();
    private final IdentityHashMap<CallFrame, IdentityHashMap<Object, Origin>> callers = new IdentityHashMap<>();
    private int entered;

    /**
     * Follows a computation.
     *
     * @param home all that the computation makes for itself is owned by this scope or one inside it
     */
    Follower(Trace trace, TensorScope home) {
        this.trace = trace;
        this.home = home;
    }

    final Trace trace() {
        return trace;
    }

    /** The computation begins from values that differ from the first run's by rounding. */
    final void beginsFromRounded() {
        if (!trace.rounded()) {
            trace = trace.withRounding();
        }
    }

    /** Takes an event up; returns its number within the call. */
    abstract int step(CallFrame frame, TraceEvent event);

    /** The number of the first input over the same bytes as the one that enters next. */
    abstract int alias(int sameBytes);

    /** Takes up the values of the input that has entered. */
    abstract void inputValues(int number, TensorSpec spec, long checksum);

    /** Takes up the values that an event gave. */
    abstract void values(CallFrame frame, Origin.Made place, long checksum);

    /** What a call knew an argument as in the first run; null if this is that run, or nothing is known of the call. */
    abstract @Nullable Origin firstKnown(CallFrame callee, int number);

    /** Takes a state up; returns it as the first run saw it. */
    abstract Tensor state(CallFrame frame, Origin place, Tensor state);

    private Origin origin(Tensor tensor) {
        Origin origin = made.get(tensor.identity());
        return origin != null ? origin : Origin.Outside.of(tensor);
    }

    final List<Origin> origins(List<Variable> variables) {
        List<Origin> origins = new ArrayList<>(variables.size());
        for (Variable variable : variables) {
            origins.add(origin(variable.value()));
        }
        return origins;
    }

    private static List<TensorSpec> specs(List<Variable> variables) {
        return variables.stream().map(Variable::spec).toList();
    }

    private Origin.Made place(CallFrame frame, TraceEvent event) {
        return new Origin.Made(frame.key(), step(frame, event), 0, event.name());
    }

    private void put(Tensor tensor, Origin.Made place, int number) {
        made.put(tensor.identity(), new Origin.Made(place.call(), place.step(), number, place.maker()));
    }

    /** The next input of the whole computation. */
    final void entered(Tensor input) {
        Origin present = made.get(input.identity());
        int number = alias(present instanceof Origin.Made place && place.step() < 0 ? place.number() : -1);
        made.put(input.identity(), new Origin.Made(trace.site().key(), -1, number, "input"));
        if (trace.check() != null) {
            inputValues(entered, input.spec(), Checksum.of(List.of(input)));
        }
        entered++;
    }

    /** A constant that comes in on the way: known already, made by the computation, or from outside. */
    final void constant(CallFrame frame, Tensor tensor) {
        if (!made.containsKey(tensor.identity()) && home.holds(tensor)) {
            TraceEvent event = trace.rounded()
                    ? TraceEvent.constantOfAnyValue(tensor.spec())
                    : TraceEvent.constant(Checksum.of(List.of(tensor)), tensor.spec());
            put(tensor, place(frame, event), 0);
        }
    }

    final Tensor state(CallFrame frame, Tensor state) {
        Origin.Made place = place(frame, TraceEvent.state(state.spec()));
        Tensor seen = state(frame, place, state);
        put(seen, place, 0);
        if (trace.check() != null) {
            values(frame, place, Checksum.of(List.of(seen)));
        }
        return seen;
    }

    Origin.Made applied(CallFrame frame, Op op, List<Variable> inputs, TensorSpec output) {
        return place(frame, TraceEvent.op(op, origins(inputs), output));
    }

    final void produced(Origin.Made place, Tensor output, List<Tensor> results) {
        put(output, place, 0);
        for (int i = 0; i < results.size(); i++) {
            put(results.get(i), place, i + 1);
        }
    }

    void segment(CallFrame frame, String name, List<Origin> inputs, List<Tensor> outputs) {
        Origin.Made place = place(
                frame,
                TraceEvent.segment(
                        name, inputs, outputs.stream().map(Tensor::spec).toList()));
        for (int i = 0; i < outputs.size(); i++) {
            put(outputs.get(i), place, i);
        }
        if (trace.check() != null) {
            values(frame, place, Checksum.of(outputs));
        }
    }

    /** A module call, seen by the caller and by the called. */
    void called(CallFrame caller, CallFrame callee, String name, List<Variable> arguments) {
        List<Origin> origins = origins(arguments);
        List<TensorSpec> specs = specs(arguments);
        if (!caller.isPartial()) {
            step(caller, TraceEvent.call(name, origins, specs));
        }
        if (!callee.isPartial()) {
            List<Origin> known = known(caller, callee, origins);
            Origin.Made place = place(callee, TraceEvent.begin(known, specs));
            IdentityHashMap<Object, Origin> before = new IdentityHashMap<>();
            for (int i = 0; i < arguments.size(); i++) {
                Tensor argument = arguments.get(i).value();
                if (known.get(i) instanceof Origin.Made made) {
                    before.putIfAbsent(argument.identity(), origins.get(i));
                    put(argument, place, made.number());
                } else if (caller.isPartial()) {
                    before.putIfAbsent(argument.identity(), origins.get(i));
                    this.made.put(argument.identity(), known.get(i));
                }
            }
            callers.put(callee, before);
        }
    }

    /**
     * What a called one knows its arguments as: those from outside as what they are, all others by their number, which two over
     * the same bytes share. Where the caller is computed in part, arguments have been put away and brought back one by one, and
     * are what they were.
     */
    private List<Origin> known(CallFrame caller, CallFrame callee, List<Origin> origins) {
        List<Origin> known = new ArrayList<>(origins.size());
        for (int i = 0; i < origins.size(); i++) {
            Origin origin = origins.get(i);
            Origin first = caller.isPartial() ? firstKnown(callee, i) : origin;
            known.add(
                    first instanceof Origin.Outside || (first != null && caller.isPartial())
                            ? first
                            : new Origin.Made(callee.key(), -1, origins.indexOf(origin), "argument"));
        }
        return known;
    }

    /** A call has succeeded; to the caller its arguments are again what they were, unless the call has overwritten them. */
    void returned(CallFrame callee, List<Variable> results) {
        if (!callee.isPartial()) {
            step(callee, TraceEvent.end(origins(results), specs(results)));
            IdentityHashMap<Object, Origin> before = callers.remove(callee);
            if (before != null) {
                before.forEach((identity, origin) -> {
                    if (made.get(identity) instanceof Origin.Made now
                            && now.call() == callee.key()
                            && now.maker().equals("argument")) {
                        made.put(identity, origin);
                    }
                });
            }
        }
    }

    final TraceEvent results(List<Variable> results) {
        return TraceEvent.end(origins(results), specs(results));
    }
}
