package org.backpropaganda.autograd.io;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.backpropaganda.autograd.tensor.Tensor;

/**
 * The safetensors format: a length, a header in JSON, then the tensors' bytes, little-endian and without gaps.
 *
 * <p>What is written for given tensors is what the Python package writes, byte for byte: sorted by element type, widest
 * first, then by name. Files that it writes are read; tensors of half precision widen exactly.
 *
 * <p>Deviations: a header with fields that the format does not know is refused.
 */
public final class SafeTensors {
    private SafeTensors() {}

    /**
     * Writes tensors by name. Until all of it is on the disk, the last file of that name stays.
     *
     * @param tensors not modified
     * @throws IllegalArgumentException if a tensor is of bits, or a name is taken by the format
     */
    public static void write(Path file, Map<String, Tensor> tensors) throws IOException {
        write(file, tensors, Map.of());
    }

    /**
     * Writes tensors by name, and strings of the user's own. Until all of it is on the disk, the last file of that name
     * stays.
     *
     * @param tensors not modified
     * @param metadata written in the map's order
     * @throws IllegalArgumentException if a tensor is of bits, or a name is taken by the format
     */
    public static void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) throws IOException {
        SafeTensorsLayout layout = new SafeTensorsLayout(tensors, metadata);
        AtomicFile.write(file, channel -> layout.write(bytes -> AtomicFile.writeFully(channel, bytes)));
    }

    /**
     * Opens a file, and checks its header against itself and the file's length.
     *
     * @throws TensorFileException if it is not such a file, truncated or corrupt
     */
    public static TensorFile open(Path file) throws IOException {
        return SafeTensorsFile.open(file);
    }
}
