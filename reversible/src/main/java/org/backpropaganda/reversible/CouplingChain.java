package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.backpropaganda.autograd.graph.Liveness;
import org.backpropaganda.autograd.graph.Parameter;
import org.backpropaganda.autograd.graph.Variable;
import org.jspecify.annotations.Nullable;

/**
 * Couplings one after another, at least one, each of which takes as many streams as the one before returns.
 *
 * @param couplings in order
 * @param sides the names of all side inputs, in the order in which they are first read
 */
record CouplingChain(List<Coupling> couplings, List<String> sides) {

    static CouplingChain of(List<? extends Coupling> couplings) {
        Set<String> sides = new LinkedHashSet<>();
        for (int i = 0; i < couplings.size(); i++) {
            Coupling coupling = couplings.get(i);
            if (i > 0) {
                requireFitting(i, couplings.get(i - 1), coupling);
            }
            sides.addAll(coupling.sides());
        }
        return new CouplingChain(List.copyOf(couplings), List.copyOf(sides));
    }

    private static void requireFitting(int number, Coupling before, Coupling coupling) {
        int returned = before.streamsBehind().size();
        if (returned != coupling.streams().size()) {
            throw new IllegalArgumentException("ReversibleSequence: coupling " + number + ", "
                    + coupling.describe() + ", takes the streams " + coupling.streams()
                    + ", and the one before returns "
                    + returned + "; let them be as many");
        }
    }

    /** How many streams enter. */
    int streams() {
        return couplings.get(0).streams().size();
    }

    /** How many streams come out. */
    int streamsBehind() {
        return couplings.get(couplings.size() - 1).streamsBehind().size();
    }

    /** Calls one coupling on streams and all side inputs, with a log-determinant behind them if there is one. */
    List<Variable> advance(int number, List<Variable> current, boolean countsVolume, Walk.@Nullable Keeper keeper) {
        Coupling coupling = couplings.get(number);
        Variable volume = countsVolume ? current.get(current.size() - 1) : null;
        List<Variable> own = own(coupling, coupling.streams().size(), current);
        return rejoined(coupling, coupling.streams().size(), current, coupling.advance(own, volume, keeper), volume);
    }

    /** Goes back through one coupling, likewise. */
    List<Variable> retreat(int number, List<Variable> current, boolean countsVolume) {
        Coupling coupling = couplings.get(number);
        Variable volume = countsVolume ? current.get(current.size() - 1) : null;
        List<Variable> own = own(coupling, coupling.streamsBehind().size(), current);
        return rejoined(coupling, coupling.streamsBehind().size(), current, coupling.retreat(own, volume), volume);
    }

    /** What a coupling reads of what there is. */
    private List<Variable> own(Coupling coupling, int streams, List<Variable> current) {
        List<Variable> own = new ArrayList<>(current.subList(0, streams));
        coupling.sides().forEach(side -> own.add(current.get(streams + sides.indexOf(side))));
        return own;
    }

    /** The results of a coupling with all side inputs, also those that it does not read. */
    private List<Variable> rejoined(
            Coupling coupling, int streams, List<Variable> current, List<Variable> results, @Nullable Variable volume) {
        int last = volume == null ? results.size() : results.size() - 1;
        List<Variable> all =
                new ArrayList<>(results.subList(0, last - coupling.sides().size()));
        all.addAll(current.subList(streams, streams + sides.size()));
        if (volume != null) {
            all.add(results.get(last));
        }
        return all;
    }

    /** Through all couplings, storing as any modules do. */
    List<Variable> forward(List<Variable> inputs, boolean countsVolume) {
        List<Variable> current = inputs;
        for (int i = 0; i < couplings.size(); i++) {
            List<Variable> next = advance(i, current, countsVolume, null);
            Liveness.letGo(current, inputs, next);
            current = next;
        }
        return current;
    }

    /** Back through all couplings, by ops. */
    List<Variable> back(List<Variable> outputs, boolean countsVolume) {
        List<Variable> current = outputs;
        for (int i = couplings.size() - 1; i >= 0; i--) {
            List<Variable> previous = retreat(i, current, countsVolume);
            Liveness.letGo(current, outputs, previous);
            current = previous;
        }
        return current;
    }

    /** For each coupling, the parameters that no coupling before it trains: on the way back they are complete with it. */
    List<List<Parameter>> completing() {
        Set<Parameter> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        List<List<Parameter>> completing = new ArrayList<>();
        for (Coupling coupling : couplings) {
            List<Parameter> first = new ArrayList<>();
            for (Parameter parameter : coupling.trainedParameters()) {
                if (seen.add(parameter)) {
                    first.add(parameter);
                }
            }
            completing.add(first);
        }
        return completing;
    }
}
