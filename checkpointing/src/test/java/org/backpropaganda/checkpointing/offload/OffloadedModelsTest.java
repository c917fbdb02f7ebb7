package org.backpropaganda.checkpointing.offload;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import net.jqwik.api.lifecycle.AfterContainer;
import net.jqwik.api.lifecycle.BeforeContainer;
import org.backpropaganda.autograd.testkit.random.Candidate;
import org.backpropaganda.autograd.testkit.random.RandomModelContract;
import org.backpropaganda.checkpointing.Checkpoint;

/** Random models whose saved tensors wait in a file, alone and within checkpoints: bits of plain, bytes as predicted. */
class OffloadedModelsTest extends RandomModelContract {
    private static OffloadFile file;

    @BeforeContainer
    static void open() throws IOException {
        file = OffloadFile.in(Files.createDirectories(Path.of("target")))
                .buffers(2)
                .bufferBytes(4096)
                .open();
    }

    @AfterContainer
    static void close() {
        assertThat(file.liveBytes()).isZero();
        assertThat(file.readBytes()).isPositive();
        file.close();
    }

    @Override
    protected List<Candidate> techniques() {
        return List.of(
                Candidate.around("checkpoint", Checkpoint::checkpoint),
                Candidate.policy(
                        "offload",
                        () -> OffloadPolicy.to(file).atLeast(1).keepLast(400).prefetch(2)));
    }

    @Override
    protected int models() {
        return 300;
    }
}
