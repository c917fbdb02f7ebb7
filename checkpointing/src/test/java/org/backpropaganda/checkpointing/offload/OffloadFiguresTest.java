package org.backpropaganda.checkpointing.offload;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.nio.file.ExtendedOpenOption;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.backpropaganda.autograd.graph.SavedTensorPolicy;
import org.backpropaganda.autograd.graph.Tape;
import org.backpropaganda.autograd.graph.Variable;
import org.backpropaganda.autograd.op.Add;
import org.backpropaganda.autograd.op.Multiply;
import org.backpropaganda.autograd.op.Ops;
import org.backpropaganda.autograd.op.Sum;
import org.backpropaganda.autograd.op.Tanh;
import org.backpropaganda.autograd.tensor.DType;
import org.backpropaganda.autograd.tensor.Engine;
import org.backpropaganda.autograd.tensor.MemoryKind;
import org.backpropaganda.autograd.tensor.Shape;
import org.backpropaganda.autograd.tensor.Tensor;
import org.backpropaganda.autograd.tensor.TensorScope;
import org.backpropaganda.autograd.testkit.RoundingCodec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is written, read, kept and forwarded, by count. */
class OffloadFiguresTest {
    /** Of every tensor here: four buffers. */
    private static final int ELEMENTS = 4096;

    private static final long BYTES = 4L * ELEMENTS;

    @TempDir
    Path directory;

    private OffloadFile open(int buffers) throws IOException {
        return OffloadFile.in(directory).buffers(buffers).bufferBytes(4096).open();
    }

    private static Tensor values(TensorScope scope, MemoryKind kind) {
        double[] next = {0};
        return scope.allocate(Shape.of(ELEMENTS), DType.FLOAT, kind).fill(() -> Math.sin(next[0]++));
    }

    /** tanh of tanh of …, of which each saves its output. */
    private static Variable chain(Tape tape, int length) {
        Variable y = tape.leaf(values(tape.scope(), MemoryKind.INPUT));
        for (int i = 0; i < length; i++) {
            y = Tanh.tanh(y);
        }
        return y;
    }

    private static double[] step(Engine engine, SavedTensorPolicy policy, int length) {
        try (TensorScope scope = engine.scope("");
                Tape tape = Tape.builder(scope).policy(policy).build()) {
            Variable x = tape.leaf(values(scope, MemoryKind.INPUT));
            Variable y = x;
            for (int i = 0; i < length; i++) {
                y = Tanh.tanh(y);
            }
            tape.backward(Sum.sum(y)).close();
            return tape.gradient(x).toDoubles();
        }
    }

    private static Engine engine() {
        return Engine.builder().threads(1).build();
    }

    @Test
    void whatIsSavedIsWrittenAndReadOnce() throws IOException {
        try (Engine engine = engine();
                OffloadFile file = open(1)) {
            step(engine, OffloadPolicy.to(file).atLeast(BYTES), 5);
            OffloadReport report = file.report();
            assertThat(report.writtenBytes()).isEqualTo(5 * BYTES);
            assertThat(report.readBytes()).isEqualTo(5 * BYTES);
            assertThat(report.peakBytes()).isEqualTo(5 * BYTES);
            assertThat(report.liveBytes()).isZero();
            // The last buffer of the last tensor.
            assertThat(report.forwardedBytes()).isEqualTo(4096);
            assertThat(report.fileBytes()).isEqualTo(5 * BYTES);
            assertThat(engine.ledger().peakOffloadedBytes()).isEqualTo(5 * BYTES);
        }
    }

    /** Ten buffers are two tensors and a half. */
    @Test
    void whatLiesInTheRingIsNotRead() throws IOException {
        try (Engine engine = engine();
                OffloadFile file = open(10)) {
            OffloadPolicy policy = OffloadPolicy.to(file).atLeast(0);
            step(engine, policy, 5);
            assertThat(file.report().forwardedBytes()).isEqualTo(10 * 4096);
            step(engine, policy, 5);
            assertThat(file.report().forwardedBytes()).isEqualTo(20 * 4096);
            assertThat(file.report().fileBytes()).isEqualTo(5 * BYTES);
        }
    }

    @Test
    void tensorsThatAreSmallAndThoseOfTheStepStay() throws IOException {
        try (Engine engine = engine();
                OffloadFile file = open(1)) {
            step(engine, OffloadPolicy.to(file).atLeast(BYTES + 1), 5);
            assertThat(file.writtenBytes()).isZero();
            try (TensorScope scope = engine.scope("");
                    Tape tape = Tape.builder(scope)
                            .policy(OffloadPolicy.to(file).atLeast(0))
                            .build()) {
                Variable x = tape.leaf(values(scope, MemoryKind.INPUT));
                tape.backward(Sum.sum(Multiply.multiply(x, x))).close();
            }
            assertThat(file.writtenBytes()).isZero();
        }
    }

    @Test
    void aTensorOfSeveralReadersIsWrittenAndReadOnce() throws IOException {
        try (Engine engine = engine();
                OffloadFile file = open(1);
                TensorScope scope = engine.scope("");
                Tape tape = Tape.builder(scope)
                        .policy(OffloadPolicy.to(file).atLeast(0))
                        .build()) {
            Variable y = chain(tape, 1);
            Variable squares = Add.add(Ops.square(y), Add.add(Ops.square(y), Ops.square(y)));
            assertThat(file.writtenBytes()).isEqualTo(BYTES);
            tape.backward(Sum.sum(squares)).close();
            assertThat(file.readBytes()).isEqualTo(BYTES);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
    }

    /** One tensor at a time waits for its next reader: z, with two, takes the place of y, with three. */
    @Test
    void aTensorIsReadAgainWhenAnotherHasTakenItsPlace() throws IOException {
        try (Engine engine = engine();
                OffloadFile file = open(1);
                TensorScope scope = engine.scope("");
                Tape tape = Tape.builder(scope)
                        .policy(OffloadPolicy.to(file).atLeast(0))
                        .build()) {
            Variable y = chain(tape, 1);
            Variable z = Add.add(Ops.square(y), Multiply.multiply(y, Tanh.tanh(y)));
            assertThat(file.writtenBytes()).isEqualTo(2 * BYTES);
            tape.backward(Sum.sum(z)).close();
            assertThat(file.readBytes()).isEqualTo(3 * BYTES);
            assertThat(engine.ledger().liveBytes(MemoryKind.ACTIVATION)).isZero();
        }
    }

    @Test
    void theLastBytesAreKept() throws IOException {
        try (Engine engine = engine();
                OffloadFile file = open(1)) {
            OffloadPolicy policy = OffloadPolicy.to(file).atLeast(0);
            step(engine, policy.keepLast(2 * BYTES), 5);
            assertThat(file.writtenBytes()).isEqualTo(3 * BYTES);
            step(engine, policy.keepLast(2 * BYTES - 1), 5);
            assertThat(file.writtenBytes()).isEqualTo(7 * BYTES);
            step(engine, policy.keepLast(BYTES - 1), 5);
            assertThat(file.writtenBytes()).isEqualTo(12 * BYTES);
            step(engine, policy.keepLast(5 * BYTES), 5);
            assertThat(file.writtenBytes()).isEqualTo(12 * BYTES);
        }
    }

    @Test
    void aKeptTensorThatIsModifiedIsRefused() throws IOException {
        try (Engine engine = engine();
                OffloadFile file = open(1);
                TensorScope scope = engine.scope("");
                Tape tape = Tape.builder(scope)
                        .policy(OffloadPolicy.to(file).atLeast(0).keepLast(BYTES))
                        .build()) {
            Variable y = chain(tape, 1);
            y.value().fill(3);
            assertThatThrownBy(() -> Tanh.tanh(y))
                    .hasMessage(
                            "tanh backward: saved output FLOAT[4096] is at version 1, saved at 0: modified in place by"
                                    + " fill");
            assertThatThrownBy(() -> tape.backward(Sum.sum(y))).hasMessageContaining("modified in place by fill");
        }
    }

    /** Beside the one that is taken. Without any ahead, what is taken is a result as any other. */
    @Test
    void tensorsAreReadAheadUpToANumber() throws IOException {
        try (Engine engine = engine();
                OffloadFile file = open(1)) {
            List<Long> peaks = new ArrayList<>();
            for (int ahead = 0; ahead < 4; ahead++) {
                engine.resetPeaks();
                step(engine, OffloadPolicy.to(file).atLeast(0).prefetch(ahead), 9);
                peaks.add(engine.ledger().peakBytes(MemoryKind.ACTIVATION));
            }
            assertThat(peaks).containsExactly(0L, 2 * BYTES, 3 * BYTES, 4 * BYTES);
        }
    }

    @Test
    void nothingIsReadAheadThatTheBudgetHasNoRoomFor() throws IOException {
        try (Engine engine = Engine.builder()
                        .threads(1)
                        .memoryBudgetBytes(3 * BYTES + 3 * 8192)
                        .build();
                TensorScope scope = engine.scope("");
                OffloadFile file = open(1)) {
            Tensor tensor = values(scope, MemoryKind.TEMPORARY);
            double[] values = tensor.toDoubles();
            Stored stored = file.write(tensor);
            Tensor more = scope.allocate(Shape.of(2 * ELEMENTS), DType.FLOAT);
            stored.prefetch();
            assertThat(engine.ledger().liveBytes()).isLessThanOrEqualTo(3 * BYTES + 8192);
            more.close();
            assertThat(stored.read(scope).toDoubles()).isEqualTo(values);
        }
    }

    @Test
    void whatIsReadAheadEndsWithItsTensor() throws IOException {
        try (Engine engine = engine();
                TensorScope scope = engine.scope("");
                OffloadFile file = open(1)) {
            Tensor tensor = values(scope, MemoryKind.INPUT);
            Stored first = file.write(tensor);
            Stored second = file.write(tensor);
            first.prefetch();
            second.prefetch();
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(2 * BYTES);
            first.discard();
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isEqualTo(BYTES);
            second.read(scope).close();
            assertThat(engine.ledger().liveBytes(MemoryKind.TEMPORARY)).isZero();
            second.discard();
            assertThat(engine.ledger().liveBytes()).isEqualTo(BYTES);
        }
    }

    @Test
    void otherPoliciesChooseBeforeAndAfter() throws IOException {
        SavedTensorPolicy rounding = SavedTensorPolicy.of(new RoundingCodec());
        try (Engine engine = engine();
                OffloadFile file = open(1)) {
            double[] plain = step(engine, SavedTensorPolicy.keep(), 3);
            OffloadPolicy all = OffloadPolicy.to(file).atLeast(0);
            double[] rounded = step(engine, rounding, 3);
            assertThat(rounded).isNotEqualTo(plain);
            assertThat(step(engine, all.after(rounding), 3)).isEqualTo(rounded);
            assertThat(step(engine, all.atLeast(BYTES + 1).otherwise(rounding), 3))
                    .isEqualTo(rounded);
            assertThat(step(engine, all.where(saving -> false).otherwise(rounding), 3))
                    .isEqualTo(rounded);
            assertThat(file.writtenBytes()).isZero();
            assertThat(step(engine, all.otherwise(rounding), 3)).isEqualTo(plain);
            assertThat(file.writtenBytes()).isEqualTo(3 * BYTES);
        }
    }

    @Test
    void aFileSystemWithoutDirectTransfersHasThePageCacheTold() throws IOException {
        List<Boolean> asked = new ArrayList<>();
        try (Engine engine = engine();
                OffloadFile file = new OffloadFile.Builder(directory, (path, options) -> {
                            boolean direct = options.contains(ExtendedOpenOption.DIRECT);
                            asked.add(direct);
                            if (direct) {
                                throw new IOException("Invalid argument");
                            }
                            return FileChannel.open(path, options);
                        })
                        .buffers(1)
                        .bufferBytes(4096)
                        .open()) {
            double[] plain = step(engine, SavedTensorPolicy.keep(), 4);
            assertThat(step(engine, OffloadPolicy.to(file).atLeast(0), 4)).isEqualTo(plain);
            assertThat(file.report().isDirect()).isFalse();
            assertThat(file.report().pageCacheBytes()).isEqualTo(4 * BYTES);
            assertThat(asked.get(asked.size() - 1)).isFalse();
        }
    }

    @Test
    void noTapeIsRememberedThatHasNothingSaved() throws IOException {
        try (Engine engine = engine();
                OffloadFile file = open(1)) {
            OffloadCodec codec = new OffloadCodec(file, 100, 1);
            step(engine, SavedTensorPolicy.of(codec), 4);
            assertThat(codec.tapes()).isZero();
            try (TensorScope scope = engine.scope("");
                    Tape tape = Tape.builder(scope)
                            .policy(SavedTensorPolicy.of(codec))
                            .build()) {
                chain(tape, 3);
                assertThat(codec.tapes()).isOne();
            }
            assertThat(codec.tapes()).isZero();
            assertThat(file.liveBytes()).isZero();
            assertThat(engine.ledger().liveBytes()).isZero();
        }
    }

    /** Four tapes at once, of engines of their own, in two files of one directory. */
    @Test
    void tapesThatShareAFileAndADirectoryDoNotMeet() throws Exception {
        double[] plain;
        try (Engine engine = engine()) {
            plain = step(engine, SavedTensorPolicy.keep(), 20);
        }
        ExecutorService threads = Executors.newFixedThreadPool(4);
        try (OffloadFile one = open(2);
                OffloadFile other = open(3)) {
            List<Future<double[]>> steps = new ArrayList<>();
            for (int i = 0; i < 8; i++) {
                OffloadPolicy policy =
                        OffloadPolicy.to(i % 2 == 0 ? one : other).atLeast(0).keepLast(i % 3 * BYTES);
                steps.add(threads.submit(() -> {
                    try (Engine engine = engine()) {
                        return step(engine, policy, 20);
                    }
                }));
            }
            for (Future<double[]> step : steps) {
                assertThat(step.get()).isEqualTo(plain);
            }
            assertThat(one.liveBytes() + other.liveBytes()).isZero();
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void settingsThatMakeNoSenseAreRefused() throws IOException {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OffloadFile.in(directory).buffers(0))
                .withMessage("offload: a number of buffers of 0 is below 1");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> OffloadFile.in(directory).capacityBytes(-1))
                .withMessage("offload: a capacity of -1 is below 1");
        try (OffloadFile file = open(1)) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> OffloadPolicy.to(file).keepLast(-5))
                    .withMessage("offload: a number of bytes to keep of -5 is below 0");
        }
    }
}
