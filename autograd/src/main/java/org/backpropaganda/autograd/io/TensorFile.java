package org.backpropaganda.autograd.io;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * An open file of named tensors, of which everything but the values was checked when it was opened. Values go straight
 * from the file into tensors. One thread each.
 */
public sealed interface TensorFile extends Closeable permits SafeTensorsFile, NpzFile {

    /** Where it is. */
    Path path();

    /** What it holds, by name. */
    Map<String, StoredTensor> tensors();

    /** Strings besides the tensors; none in an npz file. */
    Map<String, String> metadata();

    /**
     * Reads one tensor into another of the same shape and a type that holds its values exactly.
     *
     * @param into modified
     * @throws TensorFileException if there is no such tensor, or it does not fit; then nothing was modified
     */
    void read(String name, Tensor into) throws IOException;

    /**
     * Reads one tensor into a new one of the narrowest type that holds its values.
     *
     * @param scope its owner
     * @throws TensorFileException if there is no such tensor, or none can hold it
     */
    default Tensor read(String name, TensorScope scope, MemoryKind kind) throws IOException {
        StoredTensor stored = Elements.find(this, name);
        DType dtype = stored.type().dtype();
        if (dtype == null || stored.sizes().contains(0L)) {
            throw new TensorFileException(path(), "tensor " + stored + " cannot be read: no tensor holds that");
        }
        long[] sizes = stored.sizes().stream().mapToLong(Long::longValue).toArray();
        Tensor tensor = scope.allocate(Shape.of(sizes), dtype, kind);
        try {
            read(name, tensor);
        } catch (IOException | RuntimeException e) {
            tensor.close();
            throw e;
        }
        return tensor;
    }

    /** Closes the file. */
    @Override
    void close() throws IOException;
}
