package org.backpropaganda.reversible;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.TapeMode;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.tensor.Tensor;

/** Streams changed by a {@link Bijection}, which may read others. */
final class BijectionStep extends Step {
    private final Bijection bijection;
    private final List<String> streams;
    private final List<String> sources;

    BijectionStep(Bijection bijection, List<String> streams, List<String> sources) {
        this.bijection = bijection;
        this.streams = List.copyOf(streams);
        this.sources = List.copyOf(sources);
        List<String> all = new ArrayList<>(streams);
        all.addAll(sources);
        if (streams.isEmpty() || new HashSet<>(all).size() < all.size()) {
            throw misfit("name one stream or more, and none twice");
        }
    }

    @Override
    List<String> after(List<String> before) {
        streams.forEach(name -> requireStream(before, name));
        return before;
    }

    @Override
    List<String> sources() {
        return sources;
    }

    @Override
    Module function() {
        return bijection;
    }

    @Override
    String functionName() {
        return "";
    }

    @Override
    boolean isExact() {
        return false;
    }

    private List<Variable> inputs(Walk walk) {
        List<Variable> inputs = new ArrayList<>(walk.values(streams));
        inputs.addAll(walk.values(sources));
        return inputs;
    }

    @Override
    void forward(Walk walk) {
        walk.changesVolume(this::unknownVolume);
        walk.replace(streams, streams, checked(walk.coupling(), bijection.call(inputs(walk))));
    }

    @Override
    void inverse(Walk walk) {
        walk.changesVolume(this::unknownVolume);
        walk.replace(streams, streams, checked(walk.coupling(), bijection.inverse(inputs(walk))));
    }

    private Variable unknownVolume() {
        throw new UnsupportedOperationException(
                bijection.describe() + " gives no log-determinant; use an update with a combine that does");
    }

    private List<Variable> checked(Coupling coupling, List<Variable> results) {
        if (results.size() != streams.size()) {
            throw new IllegalStateException(coupling.describe() + ": " + bijection.describe() + " made "
                    + results.size() + " streams of " + streams.size() + "; return as many as enter");
        }
        return results;
    }

    /** The inverse gives the inputs, and forward, once more, their gradients. */
    @Override
    void reverse(ReverseStep step) {
        List<Tensor> before = new ArrayList<>();
        step.aside(TapeMode.SILENT, tape -> {
            List<Variable> outputs = new ArrayList<>();
            streams.forEach(
                    name -> outputs.add(step.enter(tape, step.stream(name).value())));
            sources.forEach(
                    name -> outputs.add(step.enter(tape, step.stream(name).value())));
            tape.within(
                    step.coupling(),
                    () -> before.addAll(step.keep(checked(step.coupling(), bijection.inverse(outputs)))));
        });
        List<Stream> undone =
                before.stream().map(value -> step.begin(value, null)).toList();
        if (streams.stream().anyMatch(name -> step.stream(name).slope() != null)) {
            step.again(TapeMode.RECORDING, replay -> differentiate(replay, step, undone));
        }
        step.replace(streams, streams, undone);
    }

    private void differentiate(Tape replay, ReverseStep step, List<Stream> undone) {
        List<Variable> inputs = new ArrayList<>();
        undone.forEach(stream -> inputs.add(step.enter(replay, stream)));
        sources.forEach(name -> inputs.add(step.enter(replay, name)));
        List<Variable> outputs = bijection.call(inputs);
        Backward backward = new Backward();
        for (int i = 0; i < streams.size(); i++) {
            backward.from(outputs.get(i), step.stream(streams.get(i)).slope());
        }
        backward.run(replay);
    }

    @Override
    public String toString() {
        return streams + " ← " + bijection.describe() + "(" + streams + ", " + sources + ")";
    }
}
