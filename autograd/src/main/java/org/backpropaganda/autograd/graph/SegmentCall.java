package org.backpropaganda.autograd.graph;

import static org.backpropaganda.autograd.graph.GraphLedger.LEDGER;

import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/** What forward and backward of a segment share: where tensors go, what is kept, and tapes inside. */
public abstract sealed class SegmentCall permits SegmentForward, SegmentBackward {
    private final Tape tape;
    private final String name;
    private final CallSite site;
    private final Declared declared;
    private final Set<SavedTensor> saved = new LinkedHashSet<>();
    private boolean rounded;

    SegmentCall(Tape tape, String name, CallSite site, Declared declared) {
        this.tape = tape;
        this.name = name;
        this.site = site;
        this.declared = declared;
    }

    /** The tape that the segment is applied on. */
    final Tape outer() {
        return tape;
    }

    final String name() {
        return name;
    }

    final Declared declared() {
        return declared;
    }

    /** Whether the call computes what was computed before. */
    abstract boolean isReplay();

    /** Where tensors of the call go. */
    public abstract TensorScope scope();

    /** Where the segment stands, for a part of it to be computed again. */
    public final CallSite site() {
        return site;
    }

    /**
     * Where the segment stands before a later call of its own, for a part of it to be computed again that begins there.
     *
     * @param calls by the names of children: how often each has been called since the segment began. Calls of others are not
     *     known there
     */
    public final CallSite siteAfter(Map<String, Integer> calls) {
        Map<String, Integer> all = new HashMap<>();
        calls.forEach((child, more) -> all.put(child, site.calls().getOrDefault(child, 0) + more));
        return site.having(Map.copyOf(all));
    }

    /** The gradients of parameters that the step gathers. */
    public final Gradients gradients() {
        return tape.gradients();
    }

    /** A tape that adds the gradients of parameters to those of the step. To be closed. */
    public final Tape tape(TapeSite where, TapeMode mode) {
        return tape(where, mode, tape.gradients());
    }

    /**
     * A tape inside the segment. To be closed.
     *
     * @param where it computes
     * @param mode whether it records
     * @param gradients where those of parameters gather
     */
    public Tape tape(TapeSite where, TapeMode mode, Gradients gradients) {
        return NestedTape.of(tape, scope(), where, mode, gradients, declared);
    }

    /**
     * Keeps a tensor, counted as an activation: until backward has ended, if this is forward, or until it ends.
     *
     * @param label what errors and policies call it
     */
    public final SavedTensor save(String label, Tensor tensor) {
        return keep(label, tensor, false);
    }

    /**
     * Keeps a tensor that has to come back bit for bit, because others are reconstructed from it. A policy that would lose
     * bits is refused.
     *
     * @param label what errors and policies call it
     */
    public final SavedTensor saveExact(String label, Tensor tensor) {
        return keep(label, tensor, true);
    }

    /**
     * Keeps a tensor by a codec of the segment's own, whatever the policy.
     *
     * @param label what errors call it
     */
    public final SavedTensor save(String label, Tensor tensor, SavedTensorCodec codec) {
        return keep(label, tensor, true, saving -> codec);
    }

    private SavedTensor keep(String label, Tensor tensor, boolean exact) {
        return keep(label, tensor, exact, site.mode().policy());
    }

    private SavedTensor keep(String label, Tensor tensor, boolean exact, SavedTensorPolicy policy) {
        boolean integral = !tensor.dtype().isDifferentiable();
        Saving saving =
                new Saving(tensor, name, site.path(), label, site.key(), null, isReplay(), exact || integral, null);
        SavedTensor kept = tape.saver().save(saving, policy);
        saved.add(kept);
        return kept;
    }

    /** Brings back what was saved, which stays; the caller closes it, unless it is a remembered parameter's. */
    public final Tensor look(SavedTensor kept) {
        note(kept);
        return kept.look(scope());
    }

    /** A tensor is brought back. */
    final void note(SavedTensor kept) {
        rounded |= !kept.isExact();
    }

    /** Whether anything has been brought back that a policy rounded: what is computed from it may differ from the first run. */
    final boolean hasRounded() {
        return rounded;
    }

    /** Lets go of what was saved and nobody will read; where backward looks alone, what forward saved stays. */
    public abstract void discard(SavedTensor kept);

    final void kept(SavedTensor tensor) {
        saved.add(tensor);
    }

    /** All that was kept in the call. */
    final Set<SavedTensor> saved() {
        return saved;
    }

    /**
     * Another tensor over the same bytes, owned by {@link #scope()}, that counts as an activation for as long. The caller closes
     * it.
     */
    public final Tensor lease(Tensor tensor) {
        return LEDGER.lease(scope(), tensor);
    }

    /** Remembers a parameter, so that backward refuses one that was modified in between. */
    public final SavedTensor remember(String label, Parameter parameter) {
        return SavedTensor.parameter(describe(label), outer().settings().valueOf(parameter));
    }

    final SavedLabel describe(String label) {
        return new SavedLabel(name, site.path(), label);
    }

    private String at() {
        return site.path().isEmpty() ? "" : " in " + site.path();
    }

    /** An error about recording the backward of the segment, by its name and place. */
    final IllegalStateException refused(String why) {
        return new IllegalStateException("differentiate: the segment " + name + at() + " " + why);
    }
}
