package org.backpropaganda.checkpointing.offload;

/**
 * What an {@link OffloadFile} has done so far. Bytes are payload, and repeat from run to run, but for {@code sparedBytes}.
 *
 * @param writtenBytes of tensors that were stored
 * @param sparedBytes of those, what was let go of before its turn to be written had come
 * @param readBytes of tensors that were brought back, each time
 * @param forwardedBytes of those, what lay in buffers still and was not read
 * @param liveBytes stored now
 * @param peakBytes the most stored at a time
 * @param waitedNanos for how long steps waited for the disk
 * @param isDirect whether transfers bypassed the page cache
 * @param fileSystem its type as the system calls it: {@code ext4}
 * @param fileBytes the greatest length of the file
 * @param pageCacheBytes how much of the file the system's page cache may hold, beside all that the ledger counts: nothing where
 *     transfers bypassed it
 */
public record OffloadReport(
        long writtenBytes,
        long sparedBytes,
        long readBytes,
        long forwardedBytes,
        long liveBytes,
        long peakBytes,
        long waitedNanos,
        boolean isDirect,
        String fileSystem,
        long fileBytes,
        long pageCacheBytes) {}
