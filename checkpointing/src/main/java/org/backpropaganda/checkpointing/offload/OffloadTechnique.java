package org.backpropaganda.checkpointing.offload;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.technique.Fidelity;
import org.backpropaganda.autograd.technique.Level;
import org.backpropaganda.autograd.technique.Part;
import org.backpropaganda.autograd.technique.Savings;
import org.backpropaganda.autograd.technique.Technique;
import org.backpropaganda.autograd.technique.TechniqueSettings;
import org.backpropaganda.autograd.technique.Usage;
import org.backpropaganda.autograd.tensor.TensorScope;

/**
 * {@code offload}: saved tensors wait in a file of the directory that the setting {@code offload-dir} names, by an
 * {@link OffloadPolicy}. The file is there for as long as the run.
 */
public final class OffloadTechnique implements Technique {
    private static final String DIRECTORY = "offload-dir";

    @Override
    public String name() {
        return "offload";
    }

    @Override
    public List<Usage> usages() {
        return List.of(Usage.of(this, "saved tensors wait in a file, in --offload-dir"));
    }

    @Override
    public Fidelity fidelity() {
        return Fidelity.EXACT;
    }

    @Override
    public Level level() {
        return Level.PLACE;
    }

    @Override
    public Optional<String> refusal(Part structure, TechniqueSettings settings) {
        return settings.word(DIRECTORY).isPresent()
                ? Optional.empty()
                : Optional.of("it has nowhere to put a file; give --offload-dir, a directory of a disk");
    }

    @Override
    public Savings open(TechniqueSettings settings, TensorScope scope) {
        Path directory = Path.of(settings.word(DIRECTORY)
                .orElseThrow(() -> new IllegalArgumentException("offload: no directory was given")));
        OffloadFile file = open(directory);
        return new Savings() {
            @Override
            public SavedTensorPolicy before(SavedTensorPolicy rest) {
                return OffloadPolicy.to(file).otherwise(rest);
            }

            @Override
            public Map<String, Object> figures() {
                return Map.of("offload", file.report());
            }

            @Override
            public void close() {
                file.close();
            }
        };
    }

    private static OffloadFile open(Path directory) {
        try {
            return OffloadFile.in(directory).open();
        } catch (IOException e) {
            throw new UncheckedIOException("offload: " + e.getMessage(), e);
        }
    }
}
