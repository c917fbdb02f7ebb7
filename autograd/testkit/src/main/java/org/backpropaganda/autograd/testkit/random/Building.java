package org.backpropaganda.autograd.testkit.random;

import java.util.ArrayDeque;
import java.util.Deque;
import org.backpropaganda.autograd.nn.ParameterFactory;

/**
 * What blocks are built in: a form of the model, and the source of its parameters. Where a technique has to be told what
 * happens in plain backpropagation, its blocks {@link #remember} something that watches while the model is rehearsed, and
 * {@link #recall} it afterwards, in the same order.
 */
public final class Building {
    /** Which model is built. */
    public enum Form {
        /** Every block stores, as ordinary modules do. */
        PLAIN,
        /** Plain, but for watchers. */
        REHEARSAL,
        /** Every block is arranged by its technique. */
        ARRANGED
    }

    private final Form form;
    private final ParameterFactory factory;
    private final Deque<Object> notes;

    private Building(Form form, ParameterFactory factory, Deque<Object> notes) {
        this.form = form;
        this.factory = factory;
        this.notes = notes;
    }

    /** A form that does not need a rehearsal. */
    public static Building of(Form form, ParameterFactory factory) {
        return new Building(form, factory, new ArrayDeque<>());
    }

    /** The model that was rehearsed in this, arranged. */
    Building rehearsed(ParameterFactory parameters) {
        return new Building(Form.ARRANGED, parameters, notes);
    }

    /** Which model is built. */
    public Form form() {
        return form;
    }

    /** Whether techniques act. */
    public boolean isArranged() {
        return form == Form.ARRANGED;
    }

    /** The source of parameters, whose scope lives as long as the model. */
    public ParameterFactory factory() {
        return factory;
    }

    /** Keeps something for the arranged model. Returns it. */
    public <T> T remember(T note) {
        notes.addLast(note);
        return note;
    }

    /** What the rehearsed model remembered at this place. */
    public <T> T recall(Class<T> type) {
        return type.cast(notes.removeFirst());
    }
}
