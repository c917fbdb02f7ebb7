package org.backpropaganda.autograd.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TensorScopeTest {
    private static final Shape FOUR = Shape.of(4);

    private final Engine engine = Engine.builder().threads(1).build();
    private final TensorScope scope = engine.scope("outer");

    @AfterEach
    void close() {
        engine.close();
    }

    private long live() {
        return engine.ledger().liveBytes();
    }

    private long live(MemoryKind kind) {
        return engine.ledger().liveBytes(kind);
    }

    @Test
    void freesWhatItOwns() {
        TensorScope inner = scope.child();
        Tensor tensor = inner.allocate(FOUR, DType.FLOAT);
        assertThat(inner.owns(tensor)).isTrue();
        assertThat(scope.owns(tensor)).isFalse();
        assertThat(live()).isEqualTo(16);
        inner.close();
        assertThat(live()).isZero();
        assertThat(tensor.isClosed()).isTrue();
        assertThat(tensor).hasToString("closed FLOAT[4]");
    }

    @Test
    void adoptedTensorsMove() {
        TensorScope inner = scope.child();
        Tensor tensor = inner.allocate(FOUR, DType.FLOAT).fill(3);
        Tensor other = inner.allocate(FOUR, DType.FLOAT);
        assertThat(scope.adopt(tensor)).isSameAs(tensor);
        assertThat(scope.adopt(tensor)).isSameAs(tensor);
        inner.close();
        assertThat(other.isClosed()).isTrue();
        assertThat(scope.owns(tensor)).isTrue();
        assertThat(tensor.toDoubles()).containsOnly(3);
        tensor.close();
        assertThat(live()).isZero();
    }

    @Test
    void tensorsCloseInAnyOrder() {
        Tensor[] tensors = new Tensor[5];
        for (int i = 0; i < 5; i++) {
            tensors[i] = scope.allocate(FOUR, DType.FLOAT);
        }
        for (int i : new int[] {2, 0, 4}) {
            tensors[i].close();
        }
        assertThat(live()).isEqualTo(32);
        scope.close();
        assertThat(live()).isZero();
    }

    @Test
    void bytesGoWithTheLastShare() {
        Tensor tensor = scope.allocate(FOUR, DType.FLOAT).set(1, 2, 3, 4);
        assertThat(tensor.isExclusive()).isTrue();
        TensorScope inner = scope.child();
        Tensor share = inner.share(tensor);
        Tensor view = inner.view(tensor, Shape.of(2, 2));
        assertThat(live()).isEqualTo(16);
        assertThat(tensor.isExclusive()).isFalse();
        assertThat(view.sharesBytesWith(tensor)).isTrue();
        assertThat(view.shape()).isEqualTo(Shape.of(2, 2));
        tensor.close();
        share.close();
        assertThat(view.isExclusive()).isTrue();
        assertThat(view.toDoubles()).containsExactly(1, 2, 3, 4);
        assertThat(live()).isEqualTo(16);
        inner.close();
        assertThat(live()).isZero();
    }

    @Test
    void viewsKeepTheElementCount() {
        Tensor tensor = scope.allocate(FOUR, DType.FLOAT);
        assertThatExceptionOfType(ShapeException.class)
                .isThrownBy(() -> scope.view(tensor, Shape.of(5)))
                .withMessage("view: [4] has 4 elements, [5] has 5");
        assertThat(tensor.isExclusive()).isTrue();
    }

    @Test
    void aLeaseTurnsATemporaryIntoAnActivation() {
        Tensor tensor = scope.allocate(FOUR, DType.FLOAT);
        Tensor lease = scope.lease(tensor);
        Tensor second = scope.lease(tensor);
        assertThat(tensor.kind()).isEqualTo(MemoryKind.ACTIVATION);
        assertThat(live(MemoryKind.ACTIVATION)).isEqualTo(16);
        assertThat(live(MemoryKind.TEMPORARY)).isZero();
        lease.close();
        assertThat(live(MemoryKind.ACTIVATION)).isEqualTo(16);
        second.close();
        assertThat(tensor.kind()).isEqualTo(MemoryKind.TEMPORARY);
        assertThat(live(MemoryKind.ACTIVATION)).isZero();
        assertThat(live(MemoryKind.TEMPORARY)).isEqualTo(16);
        assertThat(live()).isEqualTo(16);
        assertThat(engine.ledger().peakBytes()).isEqualTo(16);
    }

    @Test
    void aLeaseThatIsLeftKeepsTheBytesAsActivation() {
        Tensor tensor = scope.allocate(FOUR, DType.FLOAT);
        Tensor lease = scope.lease(tensor);
        tensor.close();
        assertThat(live(MemoryKind.ACTIVATION)).isEqualTo(16);
        lease.close();
        assertThat(live()).isZero();
        assertThat(live(MemoryKind.ACTIVATION)).isZero();
    }

    @ParameterizedTest
    @EnumSource(value = MemoryKind.class, mode = EnumSource.Mode.EXCLUDE, names = "TEMPORARY")
    void otherKindsStayWhatTheyAre(MemoryKind kind) {
        Tensor tensor = scope.allocate(FOUR, DType.FLOAT, kind, scope.path());
        scope.lease(tensor);
        assertThat(tensor.kind()).isEqualTo(kind);
        assertThat(live(kind)).isEqualTo(16);
    }

    @Test
    void allOfAScopeOfLeasesAreLeases() {
        TensorScope leases = scope.leases();
        Tensor tensor = scope.allocate(FOUR, DType.FLOAT);
        Tensor share = leases.share(tensor);
        assertThat(tensor.kind()).isEqualTo(MemoryKind.ACTIVATION);
        Tensor own = leases.allocate(FOUR, DType.FLOAT);
        Tensor input = leases.allocate(FOUR, DType.FLOAT, MemoryKind.INPUT);
        assertThat(own.kind()).isEqualTo(MemoryKind.ACTIVATION);
        assertThat(input.kind()).isEqualTo(MemoryKind.INPUT);
        assertThat(live(MemoryKind.ACTIVATION)).isEqualTo(32);
        share.close();
        Tensor left = scope.share(own);
        own.close();
        assertThat(left.kind()).isEqualTo(MemoryKind.TEMPORARY);
        assertThat(live(MemoryKind.TEMPORARY)).isEqualTo(32);
        leases.close();
        left.close();
        tensor.close();
        assertThat(live()).isZero();
    }

    @Test
    void whatIsKeptEndsWithItsScopeAlone() {
        TensorScope inner = scope.child();
        Tensor tensor = inner.allocate(FOUR, DType.FLOAT);
        tensor.keep("the value of a parameter");
        assertThatIllegalStateException()
                .isThrownBy(tensor::close)
                .withMessage(
                        "close: FLOAT[4] is the value of a parameter, which ends with its scope; share it to hold its"
                                + " bytes, or copy it");
        assertThatIllegalStateException()
                .isThrownBy(() -> scope.adopt(tensor))
                .withMessageStartingWith("adopt: FLOAT[4] is the value of a parameter");
        assertThat(inner.owns(tensor)).isTrue();
        inner.close();
        assertThat(live()).isZero();
    }

    @Test
    void aScopeClosesAllWhateverAListenerThrows() {
        scope.child().allocate(FOUR, DType.FLOAT);
        scope.allocate(FOUR, DType.FLOAT);
        engine.ledger().listen((event, kind, path, delta, ledger) -> {
            throw new IllegalArgumentException("listener");
        });
        assertThatThrownBy(scope::close).hasMessage("listener");
        assertThat(live()).isZero();
    }

    @Test
    void becomesAnotherKindWhileLeased() {
        Tensor tensor = scope.allocate(FOUR, DType.FLOAT);
        Tensor lease = scope.lease(tensor);
        tensor.become(MemoryKind.GRADIENT);
        assertThat(live(MemoryKind.GRADIENT)).isEqualTo(16);
        tensor.become(MemoryKind.TEMPORARY);
        assertThat(live(MemoryKind.ACTIVATION)).isEqualTo(16);
        lease.close();
        assertThat(live(MemoryKind.TEMPORARY)).isEqualTo(16);
    }

    @Test
    void closesItsChildren() {
        TensorScope child = scope.child("a");
        TensorScope grandchild = child.child("b");
        TensorScope sibling = scope.child();
        Tensor tensor = grandchild.allocate(FOUR, DType.FLOAT);
        sibling.close();
        scope.close();
        assertThat(child.isClosed()).isTrue();
        assertThat(grandchild.isClosed()).isTrue();
        assertThat(tensor.isClosed()).isTrue();
        assertThat(live()).isZero();
    }

    @Test
    void pathsNest() {
        assertThat(scope.path()).isEqualTo("outer");
        assertThat(scope.child().path()).isEqualTo("outer");
        assertThat(scope.child("a").child("b").path()).isEqualTo("outer.a.b");
        assertThat(scope.childAt("x.y").path()).isEqualTo("x.y");
        assertThat(engine.scope("").child("a").path()).isEqualTo("a");
    }

    @Test
    void closingTwiceThrows() {
        Tensor tensor = scope.allocate(FOUR, DType.FLOAT);
        tensor.close();
        assertClosed(tensor::close);
        TensorScope inner = scope.child("inner");
        inner.close();
        assertThatIllegalStateException().isThrownBy(inner::close).withMessage("scope \"outer.inner\" is closed");
        assertThat(live()).isZero();
    }

    @Test
    void useAfterCloseThrows() {
        Tensor open = scope.allocate(FOUR, DType.FLOAT);
        Tensor closed = scope.allocate(FOUR, DType.FLOAT);
        closed.close();
        assertClosed(closed::toDoubles);
        assertClosed(() -> closed.fill(1));
        assertClosed(() -> closed.set(1, 2, 3, 4));
        assertClosed(closed::zero);
        assertClosed(closed::address);
        assertClosed(closed::kind);
        assertClosed(() -> open.copyFrom(closed));
        assertClosed(() -> closed.withArray(array -> array));
        assertClosed(() -> scope.share(closed));
        assertClosed(() -> scope.lease(closed));
        assertClosed(() -> scope.adopt(closed));

        TensorScope gone = scope.child("gone");
        gone.close();
        assertClosed(() -> gone.allocate(FOUR, DType.FLOAT));
        assertClosed(() -> gone.adopt(open));
        assertClosed(() -> gone.share(open));
        assertClosed(() -> gone.lease(open));
        assertClosed(gone::child);
        assertThat(open.isExclusive()).isTrue();
        assertThat(live()).isEqualTo(16);
    }

    private static void assertClosed(ThrowingCallable call) {
        assertThatIllegalStateException().isThrownBy(call).withMessageContaining("is closed");
    }

    @Test
    void anExceptionLeavesNothing() {
        assertThatThrownBy(() -> {
                    try (TensorScope step = scope.child();
                            TensorScope inner = step.child()) {
                        step.lease(inner.allocate(FOUR, DType.FLOAT));
                        throw new IllegalArgumentException("data");
                    }
                })
                .hasMessage("data")
                .hasNoSuppressedExceptions();
        assertThat(live()).isZero();
        assertThat(scope.isClosed()).isFalse();
    }
}
