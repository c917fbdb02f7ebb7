package org.backpropaganda.experiments.data;

/**
 * The part of the Java heap that images may fill, so that a set that is too large is refused before it fills it. The sets
 * of one split take from one share.
 */
final class HeapShare {
    /** What an array takes beside its content: header, alignment and the reference to it. */
    private static final long ARRAY_BYTES = 24;

    private final long bytes;
    private long taken;

    /** A share of so many bytes. */
    HeapShare(long bytes) {
        this.bytes = bytes;
    }

    /** Three quarters of the largest heap; batches and whatever else a program does need the rest. */
    static HeapShare ofThisJvm() {
        return new HeapShare(Runtime.getRuntime().maxMemory() / 4 * 3);
    }

    /** What nobody has taken. */
    long left() {
        return bytes - taken;
    }

    /**
     * Takes room for images, an array each, before they are allocated.
     *
     * @param where who takes it, for messages
     * @throws DataException if there is no such room
     */
    void take(Object where, long count, long bytesEach) {
        take(where, count, bytesEach + ARRAY_BYTES, count + " images of " + bytesEach + " bytes");
    }

    /**
     * Takes room for labels: as bytes, and as ints.
     *
     * @param where who takes it, for messages
     * @throws DataException if there is no such room
     */
    void takeLabels(Object where, long count) {
        take(where, count, Byte.BYTES + Integer.BYTES, count + " labels");
    }

    private void take(Object where, long count, long bytesEach, String what) {
        if (count > left() / bytesEach) {
            throw new DataException(where + ": holds " + what + ", but only " + left() + " bytes of the Java heap of "
                    + Runtime.getRuntime().maxMemory()
                    + " bytes are left for data; use fewer or smaller images, or raise -Xmx");
        }
        taken += count * bytesEach;
    }
}
