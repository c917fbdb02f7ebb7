package org.backpropaganda.autograd.io;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.tensor.TensorSpec;

/** Tensors that are under way between two steps: which there are, the moment decides, and on loading the file. */
final class CarriedPart implements StatePart {
    private final String prefix;
    private final Source source;
    private final Map<String, StoredTensor> stored;
    private final TensorScope scope;

    /**
     * Where they are from and go to.
     *
     * @param owner in which scopes of tensors for saving and loading are opened
     * @param now gives them, those made for it in a scope that it is given
     * @param resume takes them, by key
     */
    record Source(
            TensorScope owner, Function<TensorScope, Map<String, Tensor>> now, Consumer<Map<String, Tensor>> resume) {}

    /**
     * Those of a name.
     *
     * @param prefix of their names in the file
     * @param stored what the file has to be loaded from; nothing to save
     */
    CarriedPart(String prefix, Source source, Map<String, StoredTensor> stored) {
        this.prefix = prefix;
        this.source = source;
        this.stored = stored;
        this.scope = source.owner.child();
    }

    @Override
    public void save(StateEntries entries, Map<String, Tensor> tensors) {
        source.now.apply(scope).forEach((key, tensor) -> tensors.put(prefix + key, tensor));
    }

    @Override
    public Found read(StateEntries entries, Map<String, TensorSpec> wanted) throws TensorFileException {
        Map<String, TensorSpec> own = new LinkedHashMap<>();
        for (StoredTensor tensor : stored.values()) {
            if (tensor.name().startsWith(prefix)) {
                own.put(tensor.name(), spec(entries, tensor));
            }
        }
        wanted.putAll(own);
        return new Found() {
            private final Map<String, Tensor> room = new LinkedHashMap<>();

            @Override
            public void reserve() {
                own.forEach(
                        (name, spec) -> room.put(name, scope.allocate(spec.shape(), spec.dtype(), MemoryKind.INPUT)));
            }

            @Override
            public void resume(Map<String, Tensor> targets) {
                targets.putAll(room);
            }

            @Override
            public void filled() {
                Map<String, Tensor> byKey = new LinkedHashMap<>();
                room.forEach((name, tensor) -> byKey.put(name.substring(prefix.length()), tensor));
                source.resume.accept(byKey);
            }
        };
    }

    private static TensorSpec spec(StateEntries entries, StoredTensor tensor) throws TensorFileException {
        DType dtype = tensor.type().dtype();
        if (dtype == null || !tensor.type().is(dtype) || tensor.sizes().contains(0L)) {
            throw new TensorFileException(entries.file(), "tensor " + tensor + " cannot be read: no tensor holds that");
        }
        return new TensorSpec(
                Shape.of(tensor.sizes().stream().mapToLong(Long::longValue).toArray()), dtype);
    }

    @Override
    public void end() {
        scope.close();
    }
}
