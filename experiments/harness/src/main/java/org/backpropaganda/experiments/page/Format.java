package org.backpropaganda.experiments.page;

/** How a page writes figures; a figure itself is in its unit, as bytes or milliseconds. */
public enum Format {
    /** As it is. */
    TEXT,
    /** A whole number. */
    COUNT,
    /** Bytes, in the unit of the largest of a column or axis. */
    BYTES,
    /** Milliseconds. */
    MILLIS,
    /** A factor. */
    RATIO,
    /** With an exponent, as errors are. */
    ERROR,
    /** A share in [0, 1], in percent. */
    PERCENT,
    /** A number. */
    NUMBER
}
