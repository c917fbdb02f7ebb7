package org.backpropaganda.checkpointing.offload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.nn.Activation;
import org.backpropaganda.autograd.nn.Linear;
import org.backpropaganda.autograd.nn.Module;
import org.backpropaganda.autograd.nn.ParameterFactory;
import org.backpropaganda.autograd.nn.Sequential;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Disks that are full or broken, threads that are interrupted, things that are closed too early. */
class FailingDiskTest {
    private static final int MANY = 1 << 20;

    @TempDir
    Path directory;

    private final AtomicInteger writes = new AtomicInteger(MANY);
    private final AtomicInteger reads = new AtomicInteger(MANY);
    private final Semaphore permits = new Semaphore(MANY);
    private final List<FileChannel> opened = new ArrayList<>();

    private OffloadFile open() throws IOException {
        return new OffloadFile.Builder(directory, (path, options) -> {
                    FileChannel channel = new BrokenChannel(FileChannel.open(path, options), writes, reads, permits);
                    opened.add(channel);
                    return channel;
                })
                .buffers(2)
                .bufferBytes(4096)
                .open();
    }

    private static Stream<Thread> diskThreads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("offload to"));
    }

    @AfterEach
    void nothingIsLeft() throws IOException {
        assertThat(diskThreads()).isEmpty();
        assertThat(opened).noneMatch(FileChannel::isOpen);
        try (Stream<Path> entries = Files.list(directory)) {
            assertThat(entries).isEmpty();
        }
    }

    private static void step(TensorScope root, OffloadFile file) {
        Module[] layers = new Module[12];
        ParameterFactory factory = new ParameterFactory(root, DType.FLOAT, 1);
        for (int i = 0; i < layers.length; i += 2) {
            layers[i] = new Linear(factory, 64, 64, true);
            layers[i + 1] = Activation.tanh();
        }
        Module model = new Sequential(layers);
        try (TensorScope scope = root.child();
                Tape tape = Tape.builder(scope)
                        .policy(OffloadPolicy.to(file).atLeast(0))
                        .build()) {
            Variable x = tape.leaf(scope.allocate(Shape.of(50, 64), DType.FLOAT).fill(0.5));
            tape.backward(Ops.mean(model.call(x))).close();
        }
    }

    @ParameterizedTest
    @CsvSource({"1,false,1000", "3,false,1000", "17,false,1000", "1000,true,0", "1000,true,5"})
    void aStepOnABrokenDiskIsOneClearErrorAndLeavesNothing(int goodWrites, boolean reading, int goodReads)
            throws IOException {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("");
                OffloadFile file = open()) {
            writes.set(goodWrites);
            reads.set(goodReads);
            String cause = reading ? "Input/output error" : "No space left on device";
            assertThatThrownBy(() -> step(root, file))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessageContaining("offload: the file in " + directory)
                    .hasMessageContaining("failed: " + cause + "; ")
                    .hasMessageContaining("bytes are left there")
                    .hasRootCauseMessage(cause);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
            assertThat(engine.ledger().liveBytes()).isEqualTo(engine.ledger().liveBytes(MemoryKind.PARAMETER));
            assertThat(engine.ledger().offloadedBytes()).isZero();
            // The disk has its space back before anything is closed.
            assertThat(opened).noneMatch(FileChannel::isOpen);
            writes.set(MANY);
            reads.set(MANY);
            assertThatThrownBy(() -> step(root, file)).hasRootCauseMessage(cause);
        }
    }

    /** A transfer that waited behind the one that failed has not been made. */
    @Test
    void whatWaitsBehindAFailureFails() throws IOException {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("");
                OffloadFile file = open()) {
            Tensor tensor = root.allocate(Shape.of(5000), DType.FLOAT).fill(3);
            Stored first = file.write(tensor);
            Stored second = file.write(tensor);
            Stored inTheRing =
                    file.write(root.allocate(Shape.of(1000), DType.FLOAT).fill(3));
            second.read(root);
            reads.set(0);
            permits.drainPermits();
            first.prefetch();
            second.prefetch();
            permits.release(MANY);
            assertThatThrownBy(() -> second.read(root)).hasRootCauseMessage("Input/output error");
            assertThatThrownBy(() -> inTheRing.read(root)).hasRootCauseMessage("Input/output error");
            assertThatThrownBy(() -> first.read(root)).hasRootCauseMessage("Input/output error");
            assertThatThrownBy(() -> file.write(tensor)).hasRootCauseMessage("Input/output error");
        }
    }

    @Test
    void aCapacityThatTheStepNeedsMoreThanIsRefused() throws IOException {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("");
                OffloadFile file =
                        OffloadFile.in(directory).capacityBytes(40_000).open()) {
            assertThatThrownBy(() -> step(root, file))
                    .isInstanceOf(UncheckedIOException.class)
                    .hasMessage(
                            "offload: no room for FLOAT[50, 64] of 12800 bytes beside 25600 stored, in a capacity of"
                                    + " 40000 bytes; offload less, or give the file more");
            assertThat(engine.ledger().liveBytes()).isEqualTo(engine.ledger().liveBytes(MemoryKind.PARAMETER));
        }
    }

    @Test
    void aCapacityThatTheDiskHasNotIsRefusedAtOnce() {
        assertThatThrownBy(
                        () -> OffloadFile.in(directory).capacityBytes(1L << 62).open())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("bytes free, of a capacity of 4611686018427387904");
    }

    @Test
    void aDirectoryThatIsNotThereIsRefused() {
        assertThatThrownBy(() -> OffloadFile.in(directory.resolve("none")).open())
                .isInstanceOf(IOException.class)
                .hasMessageContaining("none");
    }

    @Test
    void aStepThatIsInterruptedGoesOn() throws IOException {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("");
                OffloadFile file = open()) {
            Thread.currentThread().interrupt();
            step(root, file);
            assertThat(Thread.interrupted()).isTrue();
            assertThat(file.report().readBytes()).isEqualTo(file.report().writtenBytes());
        }
    }

    /** An idle one; in a transfer the channel would be closed, and tell so. */
    @Test
    void aDiskThreadThatIsInterruptedGoesOn() throws Exception {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("");
                OffloadFile file = open()) {
            Tensor tensor = root.allocate(Shape.of(5000), DType.FLOAT).fill(3);
            Stored stored = file.write(tensor);
            stored.read(root).close();
            Thread thread = diskThreads().findFirst().orElseThrow();
            thread.interrupt();
            assertThat(stored.read(root).toDoubles()).containsOnly(3);
            stored.discard();
        }
    }

    @Test
    void aTransferThatIsInterruptedIsAnErrorAndNoWrongNumber() throws Exception {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            OffloadFile file = open();
            Stored stored =
                    file.write(root.allocate(Shape.of(50_000), DType.FLOAT).fill(3));
            Thread thread = diskThreads().findFirst().orElseThrow();
            Thread interrupter = new Thread(() -> {
                while (thread.isAlive()) {
                    thread.interrupt();
                }
            });
            interrupter.start();
            try {
                for (int i = 0; i < 1000; i++) {
                    Tensor back = stored.read(root);
                    assertThat(back.toDoubles()).containsOnly(3);
                    back.close();
                }
            } catch (UncheckedIOException e) {
                assertThat(e).hasMessageContaining("ClosedByInterruptException");
            } finally {
                stored.discard();
                file.close();
                interrupter.join();
            }
        }
    }

    @Test
    void anEngineThatIsClosedWhileItsTensorsWaitIsAnError() throws IOException {
        try (OffloadFile file = open()) {
            Engine engine = Engine.builder().threads(1).build();
            permits.drainPermits();
            Stored stored = file.write(
                    engine.scope("").allocate(Shape.of(2000), DType.FLOAT).fill(3));
            permits.release(MANY);
            engine.close();
            try (Engine other = Engine.builder().threads(1).build();
                    TensorScope scope = other.scope("")) {
                assertThatThrownBy(() -> stored.read(scope)).hasMessageContaining("engine is closed");
                assertThat(other.ledger().liveBytes()).isZero();
            }
            stored.discard();
        }
    }

    @Test
    void whatIsStoredEndsWithTheFile() throws IOException {
        try (Engine engine = Engine.builder().threads(1).build();
                TensorScope root = engine.scope("")) {
            OffloadFile file = open();
            Stored stored =
                    file.write(root.allocate(Shape.of(50_000), DType.FLOAT).fill(3));
            stored.prefetch();
            assertThat(engine.ledger().offloadedBytes()).isEqualTo(200_000);
            file.close();
            assertThat(engine.ledger().offloadedBytes()).isZero();
            assertThat(engine.ledger().liveBytes()).isEqualTo(200_000);
            assertThatThrownBy(() -> stored.read(root)).hasMessage("offload: the file is closed");
            assertThatThrownBy(file::close).hasMessage("offload: the file is closed");
            stored.discard();
        }
    }
}
